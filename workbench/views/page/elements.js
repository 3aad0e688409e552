// How the live views make their elements. It stands before the script of each view, in one module with it.

const SVG = "http://www.w3.org/2000/svg";
const COPIED_FOR = 2000; // milliseconds in which a button says that it has copied
const SPOKEN_EVERY = 5000; // milliseconds between two reports to a screen reader

function element(name, className, attributes = {}, ...children) {
  const node = document.createElement(name);
  if (className) node.className = className;
  return filled(node, attributes, children);
}

// The same for a part of a picture.
function drawn(name, attributes = {}, ...children) {
  return filled(document.createElementNS(SVG, name), attributes, children);
}

// The outermost element of a view. JupyterLab takes no key that is pressed inside for a command of the notebook's, such as
// "d d", which deletes the cell. It looks at the element with the focus first, so that this one needs the mark as well.
function outermost(name, className, model, attributes = {}, ...children) {
  const root = element(name, className, { lang: model.get("language"), ...attributes }, ...children);
  const keep = (node) => node.setAttribute("data-lm-suppress-shortcuts", "true");
  keep(root);
  root.addEventListener("focusin", (event) => keep(event.target));
  return root;
}

// Draws a view in every output that keeps a place for it. Such an output is text, which stays readable without a kernel; an
// output that is a widget is an error under the next kernel, which does not know it. Where an output is replaced by another
// one with the same place, the view goes on in that.
function inPlace(render) {
  return ({ model }) => {
    const places = document.getElementsByClassName(`wb-place-${model.get("place")}`);
    const drawn = new Map();
    let live = true;
    const draw = () => {
      const el = element("div");
      return { el, settle: remembered(el), end: null };
    };
    const put = (place, view) => {
      view.kept = [...place.childNodes];
      place.replaceChildren(view.el);
      drawn.set(place, view);
    };
    const leave = (place, view) => {
      view.end();
      place.replaceChildren(...view.kept);
    };
    const look = () => {
      const gone = [...drawn].filter(([place]) => !place.isConnected);
      for (const [place] of gone) drawn.delete(place);
      for (const place of live ? places : []) {
        if (drawn.has(place)) continue;
        const view = gone.pop()?.[1] ?? draw();
        put(place, view);
        if (view.end) view.settle();
        else view.end = render({ model, el: view.el });
      }
      for (const [place, view] of gone) leave(place, view);
    };
    const lost = () => { live = false; };
    const watcher = new MutationObserver(look);
    watcher.observe(document.body, { childList: true, subtree: true });
    model.on("comm_live_update", lost);
    look();
    return () => {
      watcher.disconnect();
      model.off("comm_live_update", lost);
      for (const [place, view] of drawn) leave(place, view);
    };
  };
}

// What is taken out of the page loses the focus, which the function that is returned gives back, and where it was scrolled
// to, which each view knows best: it hears of it by "wb-moved".
function remembered(el) {
  let focused = null;
  el.addEventListener("focusin", ({ target }) => { focused = target; });
  return () => {
    if (document.activeElement === document.body) focused?.focus({ preventScroll: true });
    el.firstElementChild?.dispatchEvent(new CustomEvent("wb-moved"));
  };
}

function filled(node, attributes, children) {
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  node.append(...children);
  return node;
}

// Set only what has changed, so that a screen reader and a selection are left in peace.
function say(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

// Children by key: those that stay keep their focus and what was typed into them.
function keyed(parent, made) {
  const known = new Map();
  return (items, key, update) => {
    const wanted = new Set(items.map(key));
    for (const [name, child] of known) {
      if (wanted.has(name)) continue;
      child.node.remove();
      known.delete(name);
    }
    items.forEach((item, position) => {
      const name = key(item);
      if (!known.has(name)) known.set(name, made(item));
      const child = known.get(name);
      if (parent.children[position] !== child.node) parent.insertBefore(child.node, parent.children[position] ?? null);
      update(child, item);
    });
  };
}

function button(label, press, attributes = {}) {
  const node = element("button", "wb-button", { type: "button", ...attributes }, label);
  node.addEventListener("click", press);
  return node;
}

// What a reader takes along; a page that is not served safely has no clipboard of its own.
async function copied(text) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    const box = element("textarea", "", { "aria-hidden": "true" });
    box.value = text;
    document.body.append(box);
    box.select();
    document.execCommand("copy");
    box.remove();
  }
}

// Copies what text() gives and says so for a moment; told() is called once it is copied.
function copyButton(words, text, attributes = {}, told = () => {}) {
  const node = button(words.copy, async () => {
    await copied(text());
    say(node, words.copied);
    told();
    setTimeout(() => say(node, words.copy), COPIED_FOR);
  }, attributes);
  return node;
}

let numbers = 0;

function field(label, attributes) {
  const id = `wb-field-${++numbers}`;
  const input = element("input", "wb-input", { id, ...attributes });
  return { input, node: element("span", "wb-field", {}, element("label", "", { for: id }, label), input) };
}

// Reports progress to screen readers: at once when nothing was said for a while, else when the time has come. It stands
// beside all views, so that the last report is said though the view is replaced.
function speaker(language) {
  const node = element("div", "wb-view wb-live", { lang: language, role: "status", "aria-live": "polite" });
  document.body.append(node);
  let timer = null;
  let next = "";
  let said = 0;
  const say = () => {
    timer = null;
    said = Date.now();
    node.textContent = next;
  };
  return {
    say(text) {
      if (text === next) return;
      next = text;
      timer ??= setTimeout(say, Math.max(0, said + SPOKEN_EVERY - Date.now()));
    },
    stop: () => setTimeout(() => node.remove(), 2 * SPOKEN_EVERY),
  };
}
