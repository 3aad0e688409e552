// How the live views make their elements. It stands before the script of each view, in one module with it.

const SVG = "http://www.w3.org/2000/svg";

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

function filled(node, attributes, children) {
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  node.append(...children);
  return node;
}
