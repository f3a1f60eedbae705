// Python in the browser: it answers as the local server does, by the same module.
import { loadPyodide } from "./pyodide/pyodide.mjs";

const ANSWER = `import json
from trainstep.studio.api import call
lambda method, text: json.dumps(call(method, json.loads(text)))`;

async function start() {
  const here = new URL("./pyodide/", import.meta.url).href;
  const sources = fetch(`${here}sources.zip`);
  const lockFileContents = await (await fetch(`${here}pyodide-lock.json`)).text();
  const python = await loadPyodide({ indexURL: here, packageBaseUrl: here, lockFileContents });
  const extractDir = python.runPython("import site; site.getsitepackages()[0]");
  python.unpackArchive(await (await sources).arrayBuffer(), "zip", { extractDir });
  return python.runPython(ANSWER);
}

const started = start();

onmessage = async ({ data: { method, text }, ports: [port] }) => {
  try {
    port.postMessage({ answer: (await started)(method, text) });
  } catch (error) {
    port.postMessage({ error: error.message.trim().split("\n").at(-1) });
  }
};
