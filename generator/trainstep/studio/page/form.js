// The questions: built once, then brought up to date after each answer.

const LIST_FROM = 6; // That many choices make a list, fewer a row of buttons.
const LONG = 120;

/** Makes an element; properties with a dash are attributes. */
export function make(name, properties = {}, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(properties)) {
    if (key.includes("-")) node.setAttribute(key, value);
    else node[key] = value;
  }
  node.append(...children);
  return node;
}

/** Sets what stands between backticks as code. */
const format = (text) => text.split("`").map((part, index) => (index % 2 ? make("code", {}, part) : part));

function makeHelp({ name, help }) {
  const properties = { id: `help-${name}`, className: "help" };
  const end = help.indexOf(":") + 1;
  if (help.length < LONG || !end) return make("p", properties, ...format(help));
  return make("details", properties, make("summary", {}, ...format(help.slice(0, end))), ...format(help.slice(end)));
}

function makeInput({ name, choices }, answer, isRow) {
  const set = ({ target }) => answer(name, target.value, !choices.length);
  const shared = { name, "aria-describedby": `problem-${name} help-${name}` };
  if (isRow) {
    return make("div", { className: "choices" }, ...choices.map((value) =>
      make("label", {}, make("input", { ...shared, type: "radio", value, onchange: set }), make("span", {}, value))));
  }
  const id = `field-${name}`;
  if (!choices.length) return make("input", { ...shared, id, autocomplete: "off", spellcheck: false, oninput: set });
  return make("select", { ...shared, id, onchange: set }, ...choices.map((value) => make("option", { value }, value)));
}

function makeField(question, answer) {
  const { name, choices } = question;
  const isRow = choices.length > 0 && choices.length < LIST_FROM;
  const title = isRow ? make("legend", {}, name) : make("label", { htmlFor: `field-${name}` }, name);
  const problem = make("p", { id: `problem-${name}`, className: "problem" });
  const field = make(isRow ? "fieldset" : "div", { id: `question-${name}`, className: "field" });
  field.append(title, makeInput(question, answer, isRow), problem, makeHelp(question));
  return field;
}

/** Builds the form; `answer` is called with an option and what was chosen or typed. */
export function buildForm(form, questions, answer) {
  const groups = Object.entries(Object.groupBy(questions, (question) => question.group)).reverse();
  form.replaceChildren(...groups.map(([title, members]) =>
    make("section", {}, make("h2", {}, title), ...members.map((question) => makeField(question, answer)))));
}

/** Shows answers and problems; what was typed stays as it was typed. */
export function updateForm(questions, given) {
  for (const { name, applies, answer, default: usual, objections, problem } of questions) {
    const field = document.getElementById(`question-${name}`);
    const value = given[name] ?? answer;
    field.hidden = !applies;
    field.classList.toggle("changed", value !== usual);
    document.getElementById(`problem-${name}`).textContent = problem;
    for (const input of field.querySelectorAll("input, select")) {
      input.setAttribute("aria-invalid", Boolean(problem));
      if (input.type === "radio") input.checked = input.value === value;
      else if (input.value !== value) input.value = value;
    }
    for (const choice of field.querySelectorAll("[type=radio], option")) {
      choice.disabled = Boolean(objections[choice.value]) && choice.value !== value;
      choice.parentElement.title = (choice.disabled && objections[choice.value]) || "";
    }
  }
}
