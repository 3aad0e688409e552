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

function filled(node, attributes, children) {
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  node.append(...children);
  return node;
}
