// The page: what was chosen, what is shown, and what buttons and keys do.
import { connect } from "./backend.js";
import { markFound, showCode, showPatch } from "./code.js";
import { buildForm, make, updateForm } from "./form.js";
import { drawTree, listRows, moveFocus } from "./tree.js";

const $ = (id) => document.getElementById(id);
const start = JSON.parse($("start").textContent);
const call = connect(start.backend);

let [given, edited] = [{}, ""]; // The answers as they were chosen or typed, and the option that was last.
let [good, goodGiven] = [start.project, {}]; // The last project whose answers are all allowed, and they.
let [past, baseline] = [[], null]; // The answers of the projects before it, and those that the diff starts from.
let [shown, diff] = [good.first, false]; // The file or the view that is shown, and whether its diff is.
let [live, valid, running, again, linked] = [false, true, false, false, false];

async function refresh() {
  again = true;
  if (running) return;
  setRunning(true);
  while (again) {
    again = false;
    const options = given;
    const reply = await call("project", { options, before: baseline });
    [live, valid] = [true, reply.valid];
    if (!again) await apply(reply, options);
  }
  setRunning(false);
}

function setRunning(value) {
  document.body.dataset.state = (running = value) ? "busy" : "idle";
  for (const id of ["download", "share"]) $(id).disabled = running || !valid;
  $("state").textContent = !live ? "Starting Python …" : valid ? "" : "Shown: the last project that was allowed";
}

function apply(reply, options) {
  if (linked) options = given = readLink(reply, options);
  updateForm(reply.questions, given);
  if (!reply.valid) return $("path").textContent || draw();
  if (shown === good.first) shown = reply.first;
  [good, goodGiven] = [reply, options];
  if (!(shown in { ...good.files, ...good.changes, ...good.views })) shown = good.first;
  history.replaceState(null, "", good.link ? `#${good.link}` : location.pathname + location.search);
  return draw();
}

/** Takes other answers, and remembers those before: once while one text is typed. */
function answer(options, option = "", isText = false) {
  if (!isText || option !== edited) past.push((baseline = goodGiven));
  [given, edited] = [options, option];
  refresh();
}

function undo() {
  baseline = goodGiven;
  [given, edited] = [past.pop(), ""];
  refresh();
}

function draw() {
  const what = edited && given[edited].length < 40 ? `${edited}=${given[edited]}` : "The last change";
  $("summary").textContent = `${what} · ${good.summary}`;
  $("change").hidden = !baseline;
  $("undo").disabled = !past.length;
  for (const [name, line] of Object.entries(good.commands)) $(`command-${name}`).textContent = line;
  drawFiles();
  return open(shown);
}

const wanted = () => $("search").value.toLowerCase();
const drawFiles = () => drawTree($("tree"), listRows(good, wanted()), shown, open);
const textOf = (name) => (name in good.views ? call("view", { options: goodGiven, name }) : good.files[name] ?? "");

async function open(name) {
  shown = name;
  for (const button of $("tree").querySelectorAll("button")) button.ariaCurrent = String(button.dataset.name === name);
  $("tree").querySelector("[aria-current=true]")?.scrollIntoView({ block: "nearest", inline: "nearest" });
  const patch = good.changes[name]?.patch;
  $("path").textContent = good.views[name] ?? name;
  $("diff").disabled = !patch;
  $("diff").ariaPressed = String(diff);
  const text = await textOf(name);
  if (shown !== name) return;
  if (patch && (diff || !text)) showPatch($("code"), patch);
  else showCode($("code"), text, $("path").textContent, patch);
  markFound($("code"), wanted());
}

function save(name, bytes) {
  make("a", { href: URL.createObjectURL(new Blob([bytes])), download: name }).click();
}

async function download() {
  const { name, content } = await call("zip", { options: goodGiven });
  save(name, Uint8Array.from(atob(content), (letter) => letter.charCodeAt(0)));
}

async function copy(button, text) {
  await navigator.clipboard.writeText(text);
  const words = (button.dataset.words ??= button.textContent);
  button.textContent = "Copied";
  setTimeout(() => { button.textContent = words; }, 1200);
}

function notify(lines) {
  $("notice").hidden = !lines.length;
  $("notice").firstElementChild.replaceChildren(...lines.map((line) => make("li", {}, line)));
}

/** Opens or closes the options, where the page is too narrow for them. */
function toggleOptions(isOpen) {
  $("show-options").ariaExpanded = String(document.body.classList.toggle("options-open", isOpen));
}

const pick = (options, used) => Object.fromEntries(used.map(({ name }) => [name, options[name]]));

function openLink() {
  given = Object.fromEntries(new URLSearchParams(location.hash.slice(1)));
  [past, baseline, edited, shown, linked] = [[], null, "", good.first, true];
  refresh();
}

/** Returns the answers of a link that there are questions for, and reports what cannot be used of it. */
function readLink({ questions, unused }, options) {
  const used = questions.filter(({ name, applies }) => applies && name in options);
  notify([...unused, ...used.map(({ problem }) => problem).filter(Boolean)]);
  linked = false;
  return pick(options, used);
}

function makeCard({ image, caption, title, what, result, option, choice }) {
  const parts = [make("strong", {}, title), make("span", {}, what), make("small", {}, result)];
  const picture = make("img", { src: image, alt: caption, loading: "lazy" });
  const onclick = () => {
    const kept = good.questions.filter(({ name, group }) => name in goodGiven && group === good.questions[0].group);
    shown = good.first;
    $("gallery").close();
    answer({ ...pick(goodGiven, kept), [option]: choice });
  };
  const code = make("code", {}, `${option}=${choice}`);
  return make("li", {}, make("button", { type: "button", onclick }, picture, ...parts, code));
}

function pressKey(event) {
  const isTyping = event.target.matches("input:not([type=radio]), select");
  const key = (event.ctrlKey || event.metaKey ? "Ctrl+" : "") + event.key;
  if (key === "Escape") return toggleOptions(false);
  if (key === "Ctrl+Enter") $("download").click();
  else if (key === "Ctrl+b") $("share").click();
  else if (key === "/" && !isTyping) $("search").focus();
  else if (!moveFocus($("tree"), event)) return;
  event.preventDefault();
}

const theme = () => localStorage.theme || (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");
const setTheme = (name) => { document.documentElement.style.colorScheme = localStorage.theme = name; };
if (localStorage.theme) setTheme(localStorage.theme);

const clicks = {
  "show-options": () => toggleOptions(),
  "show-gallery": () => $("gallery").showModal(),
  "close-gallery": () => $("gallery").close(),
  "close-notice": () => notify([]),
  reset: () => answer({}),
  share: () => copy($("share"), location.href),
  theme: () => setTheme(theme() === "dark" ? "light" : "dark"),
  diff: () => { diff = !diff; open(shown); },
  copy: async () => copy($("copy"), await textOf(shown)),
  save: async () => save($("path").textContent.split("/").at(-1), await textOf(shown)),
  download, undo,
};
for (const [id, click] of Object.entries(clicks)) $(id).onclick = click;
for (const button of document.querySelectorAll("footer button")) {
  button.onclick = () => copy(button, button.previousElementSibling.textContent);
}
$("search").oninput = () => { drawFiles(); markFound($("code"), wanted()); };
$("show-gallery").hidden = !start.cards.length;
$("gallery").querySelector("ul").append(...start.cards.map(makeCard));
document.addEventListener("keydown", pressKey);
addEventListener("hashchange", openLink);
addEventListener("unhandledrejection", ({ reason }) => notify([`${reason.message ?? reason} Load the page again.`]));

buildForm($("options"), good.questions, (name, value, isText) => answer({ ...given, [name]: value }, name, isText));
updateForm(good.questions, given);
if (location.hash.length < 2) draw();
openLink();
