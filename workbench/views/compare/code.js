// The code that asks a comparison: told by the kernel when somebody wants to see it, and shown as text in a dialog.

// Args: words; speak; ask() wants the code.
function codeDialog({ words, speak, ask }) {
  const pane = element("div", "wb-code", { tabindex: "0", role: "region", dir: "ltr", "aria-label": words.code_title });
  const copy = copyButton(words, () => pane.textContent, {}, () => speak.say(words.copied));
  const head = element(
    "div", "wb-codehead", {}, element("div", "wb-codetitle", { role: "heading", "aria-level": "3" }, words.code_title), copy, button(words.close, () => node.close()),
  );
  const node = element("dialog", "wb-codedialog", { "aria-label": words.code_title }, head, pane);
  const show = () => {
    node.showModal();
    pane.focus({ preventScroll: true });
  };
  node.addEventListener("click", (event) => { if (event.target === node) node.close(); }); // beside it
  return {
    node,
    opens: button(words.code, ask, { class: "wb-button wb-codeopens", "aria-haspopup": "dialog" }),
    take(code) {
      say(pane, code);
      if (!node.open) show();
    },
    // It was out of the page, where no dialog stays above all else.
    settle() {
      if (!node.open) return;
      node.close();
      show();
    },
  };
}
