// One answer at the full width of the view, with all that is known of it; its details come from the kernel on opening.

const DRAWN_EVERY = 300; // milliseconds
const LOOKS = ["formatted", "raw", "differences"];

function section(title, ...children) {
  return element("section", "wb-section", {}, element("h4", "wb-title", {}, title), ...children);
}

function facts(pairs) {
  const lines = pairs.map(([name, value]) => element(
    "div", "wb-fact", {}, element("dt", "", { dir: "auto" }, name), element("dd", "", { dir: "auto" }, value),
  ));
  return element("dl", "wb-facts", {}, ...lines);
}

const unfolded = new Set(); // titles: what a reader has unfolded stays so in the next answer

function folded(title, ...children) {
  const node = element("details", "wb-folded", {}, element("summary", "", {}, title), ...children);
  node.open = unfolded.has(title);
  node.addEventListener("toggle", () => (node.open ? unfolded.add(title) : unfolded.delete(title)));
  return node;
}

function rawText(text) {
  return element("div", "wb-raw", { dir: "auto" }, text);
}

function formatted(text) {
  const value = jsonOf(text);
  if (value !== undefined) return jsonTree(value);
  return isMarkdown(text) ? markdown(text) : rawText(text);
}

// Args: words; table; order() gives the candidates shown; back(answer) is called when it closes; ask(answer) wants its
// details; again(answer) asks it again, stop(answer) ends it, rate(answer, good, comment) has a rating kept; mayAsk(answer),
// mayStop(answer) and mayRate() whether that can be.
function focusMode({ words, table, order, back, ask, again, mayAsk, stop, mayStop, rate, mayRate, speak }) {
  let shown = null; // the answer that is open
  let details = null;
  let look = "formatted";
  let timer = null;
  const place = element("span", "wb-where", { dir: "auto" });
  const state = element("span", "wb-state");
  const main = element("div", "wb-main");
  const aside = element("div", "wb-aside");
  const body = element("div", "wb-reading", { tabindex: "0", role: "group", "aria-label": words.whole_answer }, main, aside);
  const buttons = Object.fromEntries(LOOKS.map((name) => [name, button(words[name], () => {
    look = name;
    draw();
  }, { "aria-pressed": "false" })]));
  const copy = copyButton(words, () => details?.text ?? shown.said, {}, () => speak.say(words.copied));
  const askAgain = button(words.ask_again, () => again(shown));
  const stopsIt = button(words.stop_cell, () => stop(shown));
  const looks = element("span", "wb-looks", { role: "group", "aria-label": words.look }, ...Object.values(buttons));
  const head = element(
    "div", "wb-focushead", {}, button(words.back, () => close(), { class: "wb-button wb-back" }), place, state,
    looks, copy, askAgain, stopsIt,
  );
  const rating = ratingBar({ words, rate });
  const node = element(
    "div", "wb-focus", { role: "group", tabindex: "-1", hidden: "" }, head, body, rating.node,
    element("p", "wb-hint", {}, words.hint),
  );

  const answerOf = (text) => {
    if (look === "differences" && details?.differences) return differencesOf(words, details, table.candidates[order()[0]]);
    if (!text.trim()) return element("p", "wb-quiet", {}, shown.status === "answered" ? words.empty : words.nothing);
    return look === "raw" ? rawText(text) : formatted(text);
  };

  const draw = () => {
    const text = details?.text ?? shown.begun;
    const hasDifferences = Boolean(details?.differences);
    buttons.differences.hidden = !hasDifferences;
    const chosen = look === "differences" && !hasDifferences ? "formatted" : look;
    for (const name of LOOKS) buttons[name].setAttribute("aria-pressed", String(name === chosen));
    const hadFocus = node.contains(document.activeElement);
    askAgain.hidden = !mayAsk(shown);
    stopsIt.hidden = !mayStop(shown);
    looks.hidden = !text.trim();
    rating.show(shown, mayRate());
    say(place, shown.label);
    state.replaceChildren(icon(shown.status), shown.word);
    state.dataset.status = shown.status;
    const warned = (details?.warnings ?? []).map((line) => element("li", "", { dir: "auto" }, line));
    const problem = details ? details.problem : shown.status === "failed" ? shown.note : "";
    main.replaceChildren(...[
      section(words.prompt, rawText(details?.prompt ?? table.prompts[shown.prompt] ?? "…")),
      details?.reasoning && folded(words.thoughts, rawText(details.reasoning)),
      problem && section(words.problem, element("p", "wb-problem", { dir: "auto" }, problem)),
      warned.length && section(words.warnings, element("ul", "wb-warnings", {}, ...warned)),
      section(words.answer, answerOf(text)),
      details?.earlier?.length && earlierAnswers(words, details.earlier),
    ].filter(Boolean));
    const short = [shown.note === problem ? "" : shown.note, ...shown.marks()].filter(Boolean).join(", ");
    const told = details?.facts?.length ? details.facts : short ? [[words.in_short, short]] : [];
    aside.replaceChildren(...[
      told.length && section(words.facts, facts(told)),
      details?.options?.length && section(words.options, facts(details.options)),
      details?.system && section(words.system, rawText(details.system)),
      details?.sent && folded(words.sent, formatted(details.sent)),
    ].filter(Boolean));
    const active = document.activeElement; // what had the focus may be gone, and keys would reach nobody
    if (hadFocus && (!node.contains(active) || active.closest("[hidden]"))) body.focus({ preventScroll: true });
  };

  const open = (one) => {
    const isOther = one !== shown;
    const height = table.pane.clientHeight; // 0 while another answer is open
    shown = one;
    details = null;
    node.setAttribute("aria-label", one.label);
    if (height) node.style.height = `max(${height}px, min(32em, 70vh))`;
    table.pane.hidden = true;
    node.hidden = false;
    draw();
    if (isOther) body.scrollTop = 0;
    if (!node.contains(document.activeElement)) body.focus({ preventScroll: true });
    ask(one);
  };
  const close = () => {
    const one = shown;
    shown = details = null;
    node.hidden = true;
    table.pane.hidden = false;
    if (one) back(one);
  };
  node.addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const isWriting = event.target === rating.comment;
    if (event.key === "Escape") {
      event.preventDefault();
      if (isWriting) body.focus({ preventScroll: true }); // which has the comment kept
      else close();
    } else if (isWriting) return;
    else if (["+", "-", "c"].includes(event.key) && !rating.node.hidden) {
      event.preventDefault();
      if (event.key === "c") rating.comment.focus();
      else rating.give(event.key === "+");
    } else if (["j", "k", "ArrowLeft", "ArrowRight"].includes(event.key)) {
      event.preventDefault();
      const next = neighbour(table, order(), shown, event.key);
      if (next !== shown) open(next);
    }
  });
  return {
    node,
    open,
    get shown() { return shown; },
    // The kernel has told of an answer.
    take(index, told) {
      if (shown?.index !== index) return;
      details = told;
      draw();
    },
    // Something has changed of the answers in the page: a text that grows is drawn some times a second, an end is told whole.
    changed(ones) {
      if (!shown || !ones.includes(shown)) return;
      if (["answering", "waiting"].includes(shown.status)) {
        if (details) details = { ...details, text: null, facts: null };
        timer ??= setTimeout(() => {
          timer = null;
          if (shown) draw();
        }, DRAWN_EVERY);
      } else ask(shown);
    },
    redraw() {
      if (shown) draw();
    },
  };
}

// What a cell said before it was asked again, the oldest first.
function earlierAnswers(words, texts) {
  const told = texts.length > 1 ? texts.map((text, number) => section(`${number + 1}`, rawText(text))) : texts.map(rawText);
  return folded(words.earlier.replace("{}", texts.length), ...told);
}

// An answer with what it has beside a baseline's, and what it lacks. Words say it beside the colours.
function differencesOf(words, details, baseline) {
  const { parts, line } = details.differences;
  const made = parts.flatMap(([kind, text, was]) => {
    if (kind === "same") return [text];
    const words = text.trimEnd();
    const blanks = text.slice(words.length);
    if (kind === "missing") return [element("del", "", {}, words), blanks];
    if (kind === "added") return [element("ins", "", {}, words), blanks];
    const pair = [element("del", "", {}, was.trimEnd()), element("span", "", {}, " → "), element("ins", "", {}, words)];
    return [element("mark", "wb-against", {}, "≠ ", ...pair), blanks];
  });
  const key = element(
    "p", "wb-key-line", {}, `${words.against_baseline.replace("{}", baseline)} ${line} `,
    element("del", "", {}, words.missing), " ", element("ins", "", {}, words.added), " ",
    element("mark", "wb-against", {}, `≠ ${words.contradicting}`),
  );
  return element("div", "", {}, key, element("div", "wb-raw wb-differences", { dir: "auto" }, ...made));
}
