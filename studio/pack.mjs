// Runs the studio in Pyodide, under Node.js, and writes what it loaded into a folder.
import { readFileSync, writeFileSync } from "node:fs";
import { loadPyodide } from "pyodide";

const [sources, folder] = process.argv.slice(2);
const python = await loadPyodide();
python.FS.writeFile("/all.zip", new Uint8Array(readFileSync(sources)));
python.runPython(readFileSync(new URL("pack.py", import.meta.url), "utf8"));
for (const name of ["python_stdlib.zip", "sources.zip"]) {
  writeFileSync(`${folder}/${name}`, python.FS.readFile(`/${name}`));
}
