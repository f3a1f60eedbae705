// Renders every combination in Pyodide, as a static site holds it, and prints a hash of each project.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";

const folder = `${process.argv[2]}/pyodide/`;
const { loadPyodide } = await import(`${folder}pyodide.mjs`);
const lockFileContents = readFileSync(`${folder}pyodide-lock.json`, "utf8");
const python = await loadPyodide({ indexURL: folder, packageBaseUrl: folder, lockFileContents });
const extractDir = python.runPython("import site; site.getsitepackages()[0]");
python.unpackArchive(new Uint8Array(readFileSync(`${folder}sources.zip`)), "zip", { extractDir });
const next = python.runPython(`
from trainstep import combinations
from trainstep.render import render_files

projects = (render_files(options) for options in combinations())
texts = ("\\0".join(map("\\0".join, files.items())) for files in projects)
lambda: next(texts, None)
`);
for (let text = next(); text !== undefined; text = next()) {
  console.log(createHash("sha256").update(text).digest("hex"));
}
