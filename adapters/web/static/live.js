// Reading and asking need none of this. It puts newer drawings in the place of older ones.
const list = document.querySelector("[data-live]");
const said = document.getElementById("said");
let source = null;
let worry = 0;

function take(event) {
  const drawn = new DOMParser().parseFromString(event.data, "text/html").body.firstElementChild;
  const there = document.getElementById(drawn.id);
  const kept = there && there.contains(document.activeElement) && document.activeElement.id;
  const open = there ? [...there.querySelectorAll("details")].map((one) => one.open) : [];
  if (there) there.replaceWith(drawn); else list.append(drawn);
  [...drawn.querySelectorAll("details")].forEach((one, at) => { one.open = open[at] || false; });
  if (kept) document.getElementById(kept)?.focus();
}

function listen() {
  source = new EventSource(list.dataset.live);
  source.addEventListener("piece", take);
  source.addEventListener("out", () => { source.close(); said.textContent = "You are signed out."; });
  source.onopen = () => { clearTimeout(worry); said.textContent = ""; };
  source.onerror = () => {
    if (source.readyState === EventSource.CLOSED) said.textContent = "This page is not live any more: load it again.";
    clearTimeout(worry);
    worry = setTimeout(() => { said.textContent ||= "Connection lost, trying again."; }, 5000);
  };
}

// A browser opens six connections to one place: a page that is not seen leaves its own to others.
function watch() {
  if (document.hidden) { source?.close(); source = null; } else if (!source) listen();
}

if (list) { watch(); document.addEventListener("visibilitychange", watch); }

// The code of a link stands behind its #, so that no server and no log ever sees it.
const code = document.getElementById("code");
if (code && location.hash.length > 1) {
  code.value = location.hash.slice(1);
  history.replaceState(null, "", location.pathname + location.search);
  code.form.querySelector("button").focus();
}

// In the words of a question, Enter sends it and Shift+Enter begins a line.
document.addEventListener("keydown", (event) => {
  const field = event.target;
  if (event.key !== "Enter" || event.shiftKey || event.isComposing || !field.matches?.("form.ask textarea")) return;
  event.preventDefault();
  if (field.value.trim()) field.form.requestSubmit();
});
