// What answers the page: the server of this machine, or Python in a worker of this browser.

async function post(method, args) {
  const body = JSON.stringify({ method, arguments: args });
  const response = await fetch("call", { method: "POST", body });
  if (!response.ok) throw new Error(await response.text());
  return response.json();
}

function startWorker() {
  const worker = new Worker("worker.js", { type: "module" });
  return (method, args) => new Promise((resolve, reject) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = ({ data: { answer, error } }) => (error ? reject(Error(error)) : resolve(JSON.parse(answer)));
    worker.postMessage({ method, text: JSON.stringify(args) }, [port2]);
  });
}

export const connect = (backend) => (backend === "worker" ? startWorker() : post);
