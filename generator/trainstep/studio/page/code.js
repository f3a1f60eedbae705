// How a file looks: its tokens, its lines, and the lines that a change touched.
import { make } from "./form.js";

const STRING = String.raw`"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'`;
const KEYWORDS = `None True False self and as assert class continue def del elif else except finally for from global if
  import in is lambda nonlocal not or pass raise return try while with yield`.split(/\s+/).join("|");
const PYTHON = {
  string: String.raw`[rbfu]{0,2}"""[\s\S]*?"""|[rbfu]{0,2}(?:${STRING})`,
  comment: "#.*",
  keyword: String.raw`\b(?:${KEYWORDS})\b`,
  name: String.raw`(?<=\b(?:def|class) )\w+`,
  type: String.raw`^\s*@[\w.]+|\b[A-Z]\w*[a-z]\w*\b`,
  number: String.raw`\b\d[\d_]*(?:\.\d*)?(?:e[+-]?\d+)?\b`,
  function: String.raw`\b[a-z_]\w*(?=\()`,
};
const CONFIG = {
  string: STRING,
  comment: String.raw`(?:^|(?<=\s))#.*`,
  keyword: String.raw`^\[+[^\]\n]+\]+|^\.\w+:|\b(?:true|false|null)\b`,
  name: String.raw`^[\s-]*[\w./$()-]+(?=\s*[=:])`,
};
const MARKDOWN = { keyword: "^#{1,6} .*", string: String.raw`^\`{3}[\s\S]*?^\`{3}|\`[^\`\n]+\`` };
const LANGUAGES = [[/\.py$/, PYTHON], [/\.md$/, MARKDOWN], [/\.(toml|ya?ml|ipynb)$|ignore$|Makefile$/, CONFIG]];

function* readTokens(text, path) {
  const rules = Object.entries(LANGUAGES.find(([pattern]) => pattern.test(path))?.[1] ?? { none: "(?!)" });
  const pattern = new RegExp(rules.map(([kind, rule]) => `(?<${kind}>${rule})`).join("|"), "gm");
  let end = 0;
  for (const match of text.matchAll(pattern)) {
    yield ["", text.slice(end, match.index)];
    yield [Object.keys(match.groups).find((kind) => match.groups[kind] !== undefined), match[0]];
    end = match.index + match[0].length;
  }
  yield ["", text.slice(end)];
}

/** Reads from a patch which lines of the new file it adds, and above which it removes some. */
function readMarks(patch = "") {
  const marks = new Map();
  let number = 0;
  for (const line of patch.split("\n").slice(2)) {
    if (line[0] === "@") number = Number(/\+(\d+)/.exec(line)[1]);
    else if (line[0] === "-") marks.set(number, "removed-above");
    else if (line[0] === "+") marks.set(number++, "added");
    else if (line[0] === " ") number += 1;
  }
  return marks;
}

/** Shows lines, and scrolls within the file: `scrollIntoView()` would move the whole page. */
function show(pre, lines, kind) {
  pre.replaceChildren(...lines);
  pre.className = kind;
  scroll(pre, kind === "numbered" && pre.querySelector(".added, .removed-above"));
}

function scroll(pre, line) {
  pre.scrollTo({ left: 0, top: line ? line.offsetTop - pre.offsetTop - pre.clientHeight / 3 : 0 });
}

export function showCode(pre, text, path, patch) {
  const lines = [make("span")];
  for (const [className, token] of readTokens(text.replace(/\n$/, ""), path)) {
    token.split("\n").forEach((piece, index) => {
      if (index) lines.push(make("span"));
      if (piece) lines.at(-1).append(className ? make("span", { className }, piece) : piece);
    });
  }
  const marks = readMarks(patch);
  lines.forEach((line, index) => { line.className = `line ${marks.get(index + 1) ?? ""}`; line.append("\n"); });
  show(pre, lines, "numbered");
}

export function showPatch(pre, patch) {
  const kinds = { "+": "added", "-": "removed", "@": "hunk" };
  const lines = patch.replace(/\n$/, "").split("\n").slice(2);
  show(pre, lines.map((line) => make("span", { className: `line ${kinds[line[0]] ?? ""}` }, `${line}\n`)), "patch");
}

/** Marks the lines that hold what was searched for. */
export function markFound(pre, wanted) {
  for (const line of pre.children) {
    line.classList.toggle("found", Boolean(wanted) && line.textContent.toLowerCase().includes(wanted));
  }
  if (wanted) scroll(pre, pre.querySelector(".found"));
}
