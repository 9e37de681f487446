// Keeps a board as it is on the server: takes each new state as a stream of events tells it, and changes only what is different,
// so that the place one reads, the focus and the scroll stay where they are. Without it the page is whole, and a link reads it again.
"use strict";
(() => {
  const main = document.querySelector("main[data-stream]");
  if (!main || !("EventSource" in window)) return;
  const line = document.getElementById("line");
  const said = document.getElementById("said");
  const quiet = 20000;
  let told = null;
  let toldAt = 0;
  let waiting = 0;

  // who listens hears who leads when that changes, the newest only, and not more often than every twenty seconds
  function say(text) {
    if (told === null || text === told) {
      told = text;
      return;
    }
    clearTimeout(waiting);
    waiting = setTimeout(() => {
      told = text;
      toldAt = Date.now();
      said.textContent = text;
    }, Math.max(0, toldAt + quiet - Date.now()));
  }

  const keyOf = (node) => (node.nodeType === Node.ELEMENT_NODE ? node.getAttribute("data-key") : null);

  function attributes(from, to) {
    for (const { name } of [...to.attributes]) if (!from.hasAttribute(name)) to.removeAttribute(name);
    for (const { name, value } of [...from.attributes]) if (to.getAttribute(name) !== value) to.setAttribute(name, value);
  }

  function same(from, to) {
    return from.nodeType === to.nodeType && from.nodeName === to.nodeName && keyOf(from) === keyOf(to);
  }

  // line breaks between elements mean nothing, and would count as places
  const blank = (node) => node.nodeType === Node.TEXT_NODE && node.data.trim() === "";

  function patch(from, to) {
    const known = new Map();
    for (const child of [...to.childNodes]) if (blank(child)) child.remove();
    for (const child of to.childNodes) if (keyOf(child) !== null) known.set(keyOf(child), child);
    let at = to.firstChild;
    for (const wanted of [...from.childNodes].filter((node) => !blank(node))) {
      const key = keyOf(wanted);
      const mine = key === null ? at : known.get(key);
      if (!mine || !same(wanted, mine)) {
        to.insertBefore(document.importNode(wanted, true), at);
        continue;
      }
      if (mine !== at) {
        to.insertBefore(mine, at);
        if (mine.nodeName === "TR") flash(mine);
      } else {
        at = at.nextSibling;
      }
      if (mine.nodeType === Node.TEXT_NODE) {
        if (mine.data !== wanted.data) mine.data = wanted.data;
      } else {
        const moved = mine.classList.contains("moved");
        attributes(wanted, mine);
        if (moved) mine.classList.add("moved");
        patch(wanted, mine);
      }
    }
    while (at) {
      const next = at.nextSibling;
      at.remove();
      at = next;
    }
  }

  function flash(row) {
    row.classList.add("moved");
    row.addEventListener("animationend", () => row.classList.remove("moved"), { once: true });
  }

  function show(event) {
    const state = JSON.parse(event.data);
    if (main.dataset.version !== state.version) {
      patch(new DOMParser().parseFromString(state.html, "text/html").body, main);
      main.dataset.version = state.version;
    }
    say(state.said);
  }

  function connect() {
    const source = new EventSource(main.dataset.stream);
    const again = () => {
      source.close();
      line.textContent = line.dataset.off;
      setTimeout(connect, 10000 + Math.random() * 20000);
    };
    source.addEventListener("open", () => { line.textContent = line.dataset.on; });
    source.addEventListener("board", show);
    source.addEventListener("end", again);
    source.addEventListener("error", () => {
      line.textContent = line.dataset.off;
      // refused, because of too many watchers for example: the browser does not try again by itself
      if (source.readyState === EventSource.CLOSED) again();
    });
  }

  connect();
})();
