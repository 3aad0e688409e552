// A line about a long work: its side in the page. All data goes into text nodes and attributes, never into markup.

function render({ model, el }) {
  const words = model.get("words");
  const title = model.get("title");
  const bar = element("progress", "wb-progress", { max: 1, "aria-label": title, hidden: "" });
  const line = element("span", "wb-line", { role: "status", "aria-live": "off" });
  const button = element("button", "wb-button", { type: "button", "aria-label": `${words.button}: ${title}` }, words.button);
  const root = outermost(
    "div", "wb-view wb-work", model, { role: "group", "aria-label": title },
    element("span", "wb-title", { dir: "auto" }, title), bar, line, button,
  );
  button.addEventListener("click", () => {
    button.disabled = true;
    button.textContent = words.pressed;
    button.setAttribute("aria-label", `${words.pressed}: ${title}`);
    model.send({ pressed: true });
  });
  const show = () => {
    const share = model.get("share");
    bar.hidden = share === null;
    bar.value = share ?? 0;
    line.textContent = model.get("line");
  };
  const leave = () => {
    model.off("change:line", show);
    model.off("change:share", show);
    model.off("comm_live_update", lost);
  };
  const lost = () => {
    leave();
    bar.remove();
    button.remove();
    line.setAttribute("aria-live", "polite");
    line.textContent = [words.gone, line.textContent].filter(Boolean).join("; ");
  };
  el.append(root);
  model.on("change:line", show);
  model.on("change:share", show);
  model.on("comm_live_update", lost);
  show();
  return leave;
}

export default { render, initialize: inPlace(render) };
