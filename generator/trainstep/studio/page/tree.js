// The tree of files: those that the last change altered are marked, and a search leaves out the others.
import { make } from "./form.js";

const VIEWS = "in one file";
const RANKS = [/^in one file$/, /^src\//, /^tests$/, /^$/];
const rank = (folder) => (RANKS.findIndex((pattern) => pattern.test(folder)) + 9) % 9;

/** Lists views and files, those that the last change removed too, which hold what is wanted. */
export function listRows(project, wanted) {
  const views = Object.entries(project.views).map(([name, file]) => ({ name, file, folder: VIEWS, found: 0 }));
  const names = [...new Set([...Object.keys(project.files), ...Object.keys(project.changes)])].sort();
  const files = names.map((name) => {
    const folder = name.slice(0, Math.max(0, name.lastIndexOf("/")));
    const found = wanted ? (project.files[name] ?? "").toLowerCase().split(wanted).length - 1 : 0;
    const gone = !(name in project.files);
    return { name, folder, file: name.slice(folder && folder.length + 1), found, gone, change: project.changes[name] };
  });
  return [...views, ...files].filter((row) => !wanted || row.found || row.name.toLowerCase().includes(wanted));
}

function makeRow({ name, file, found, gone, change }, shown, open) {
  const { added, removed } = change ?? {};
  const counts = [added && make("ins", {}, `+${added}`), removed && make("del", {}, `−${removed}`)].filter(Boolean);
  const properties = { type: "button", className: gone ? "gone" : "", title: gone ? `${name}, removed` : name };
  const state = { "data-name": name, "aria-current": name === shown, onclick: () => open(name) };
  const badge = make("small", {}, ...(found ? [`${found}×`] : counts));
  return make("li", {}, make("button", { ...properties, ...state }, make("span", {}, file), badge));
}

export function drawTree(place, rows, shown, open) {
  const folders = Object.entries(Object.groupBy(rows, (row) => row.folder));
  folders.sort(([one], [other]) => rank(one) - rank(other) || (one < other ? -1 : 1));
  place.replaceChildren(...folders.map(([folder, members]) =>
    make("section", {}, make("h3", {}, folder || "project"),
      make("ul", {}, ...members.map((row) => makeRow(row, shown, open))))));
}

/** Moves between files with the arrow keys; returns whether it did. */
export function moveFocus(place, event) {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  const buttons = [...place.querySelectorAll("button")];
  const next = buttons.includes(event.target) && step && buttons[buttons.indexOf(event.target) + step];
  next?.focus?.();
  next?.click?.();
  return Boolean(next);
}
