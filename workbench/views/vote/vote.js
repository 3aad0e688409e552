// A blind vote: its side in the page. Answers go into text nodes; only the result is HTML, which the kernel has made.

const CHOICES = [["1", "first"], ["=", "tie"], ["2", "second"]];
let revealing = null; // the model whose result gets the focus, as the button that was pressed is gone

function render({ model, el }) {
  const words = model.get("words");
  const status = speaker(model.get("language"));
  const count = element("span", "wb-count");
  const bar = element("progress", "wb-progress", { max: 1, "aria-label": words.title });
  const prompt = element("div", "wb-prompt", { tabindex: "0", role: "group", "aria-label": words.prompt, dir: "auto" });
  const answers = [1, 2].map((number) => answerPane(words, number));
  const buttons = new Map(CHOICES.map(([key, name]) => [key, choiceButton(key, words[name], () => choose(key))]));
  const skip = choiceButton("s", words.skip, () => choose("s"));
  const back = choiceButton("b", words.back, () => model.send({ back: true }));
  const choices = element(
    "div", "wb-choices", { role: "group", "aria-label": words.choices }, ...buttons.values(),
    element("span", "wb-aside", {}, skip, back),
  );
  const over = element("p", "wb-over", { hidden: "" }, words.all_done);
  const advice = element("p", "wb-advice");
  const problem = element("p", "wb-problem", { role: "alert" });
  const reveal = button(words.reveal, () => ask(true));
  const really = element("div", "wb-really", { hidden: "", role: "group", "aria-label": words.reveal });
  const goOn = button(words.go_on, () => ask(false));
  const revealNow = button(words.reveal_now, () => {
    // The output is replaced by one that stays, and the view drawn in it anew; whoever goes elsewhere is left in peace.
    revealing = model;
    for (const kind of ["keydown", "pointerdown"]) {
      document.addEventListener(kind, () => { revealing = null; }, { capture: true, once: true });
    }
    model.send({ reveal: true });
  }, { class: "wb-button wb-danger" });
  really.append(element("span", "", {}, words.ends), goOn, revealNow);
  const foot = element("div", "wb-foot", {}, advice, reveal, really);
  const remarks = model.get("remarks").map((text) => element("p", "wb-remark", {}, text));
  const result = element("div", "wb-result", { hidden: "", tabindex: "-1", role: "group", "aria-label": words.result });
  const voting = element(
    "div", "wb-voting", {}, prompt, element("div", "wb-answers", {}, ...answers.map((one) => one.pane)), choices, over,
    foot, problem, ...remarks,
  );
  const root = outermost(
    "div", "wb-view wb-vote", model, { role: "group", "aria-label": words.title },
    element("div", "wb-head", {}, element("span", "wb-title", {}, words.title), count, bar), voting, result,
  );

  let number = 0;
  function choose(key) {
    if (number) model.send({ choose: key, number });
  }
  function ask(wanted) {
    really.hidden = !wanted;
    reveal.hidden = wanted;
    (wanted ? goOn : reveal).focus();
  }
  root.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
    const known = { 1: "1", 2: "2", "=": "=", s: "s" }[event.key.toLowerCase()];
    if (known && number) choose(known);
    else if (event.key.toLowerCase() === "b" && !back.disabled) model.send({ back: true });
    else if (event.key === "Escape" && !really.hidden) ask(false);
    else return;
    event.preventDefault();
  });

  const show = () => {
    const { done, total, ballot } = model.get("state");
    const isNew = ballot && ballot.number !== number;
    const hadFocus = choices.contains(document.activeElement);
    number = ballot?.number ?? 0;
    const where = ballot ? words.pair.replace("{number}", number).replace("{of}", total) : words.all_done;
    say(count, words.voted.replace("{done}", done).replace("{total}", total));
    bar.value = total ? done / total : 0;
    for (const node of [prompt, choices, answers[0].pane.parentNode]) node.hidden = !ballot;
    over.hidden = Boolean(ballot);
    reveal.disabled = !done;
    back.disabled = number === 1;
    if (ballot) {
      say(prompt, ballot.prompt);
      answers.forEach((one, side) => say(one.text, ballot.answers[side] || words.empty));
      for (const [key, node] of [...buttons, ["s", skip]]) {
        const was = ballot.chosen === key;
        node.classList.toggle("wb-chosen", was);
        node.title = was ? words.chosen : "";
      }
      if (isNew) for (const node of [prompt, ...answers.map((one) => one.text)]) node.scrollTop = 0;
      if (back.disabled && document.activeElement === back) skip.focus();
    } else if (hadFocus && !reveal.hidden) {
      reveal.focus();
    }
    status.say(where);
  };
  const advise = () => say(advice, model.get("advice"));
  const complain = () => {
    say(problem, model.get("problem") && `✗ ${model.get("problem")}`);
    if (model.get("problem")) revealing = null;
  };
  const finish = () => {
    const html = model.get("result");
    voting.hidden = result.hidden = false;
    voting.hidden = Boolean(html);
    result.hidden = !html;
    bar.hidden = Boolean(html);
    if (html && result.innerHTML !== html) result.innerHTML = html;
    if (html && revealing === model) result.focus({ preventScroll: true });
  };
  const changes = { state: show, advice: advise, problem: complain, result: finish };
  const leave = () => {
    for (const [name, then] of Object.entries(changes)) model.off(`change:${name}`, then);
    model.off("comm_live_update", lost);
    status.stop();
  };
  const lost = () => {
    leave();
    for (const node of root.querySelectorAll("button")) node.remove();
    number = 0;
    if (!model.get("result")) say(advice, words.gone);
  };
  for (const [name, then] of Object.entries(changes)) model.on(`change:${name}`, then);
  model.on("comm_live_update", lost);
  el.append(root);
  for (const then of Object.values(changes)) then();
  return leave;
}

function answerPane(words, number) {
  const label = words.answer.replace("{number}", number);
  const text = element("div", "wb-text", { tabindex: "0", role: "group", "aria-label": label, dir: "auto" });
  return { text, pane: element("div", "wb-answer", {}, element("div", "wb-name", { "aria-hidden": "true" }, label), text) };
}

function choiceButton(key, label, press) {
  const node = button("", press, { "aria-keyshortcuts": key });
  node.append(element("kbd", "", { "aria-hidden": "true" }, key), label);
  return node;
}

export default { render, initialize: inPlace(render) };
