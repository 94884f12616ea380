// Asks the server. Every address is relative to that of the page, which has the token in it.

const query = (params) => new URLSearchParams(Object.entries(params).filter(([, v]) => v !== undefined && v !== null)).toString();

const address = (path, params) => `api/${path}?${query(params)}`;

export async function ask(path, params = {}) {
  let response;
  try {
    response = await fetch(address(path, params), { credentials: "omit", cache: "no-store" });
  } catch {
    throw new Error("The server does not answer. It may have ended.");
  }
  const text = await response.text();
  let answer;
  try { answer = JSON.parse(text); } catch { answer = { message: text }; }
  if (!response.ok) throw Object.assign(new Error(answer.message), { status: response.status });
  return answer;
}

/** Listens to a stream of events, and returns a function that stops it. The handlers are by the names of events. `lost` is called when the
    connection fails, with whether that is for good; `opened` when there is one. */
export function listen(path, params, handlers, lost, opened = () => {}) {
  const source = new EventSource(address(path, params));
  source.addEventListener("open", opened);
  for (const [name, handler] of Object.entries(handlers)) {
    source.addEventListener(name, (event) => handler(JSON.parse(event.data)));
  }
  source.addEventListener("error", () => lost(source.readyState === EventSource.CLOSED));
  return () => source.close();
}
