// What a reader thinks of an answer: good or bad, and a comment. The kernel keeps it, and tells all views of it.

const RATINGS = [[true, "▲", "good"], [false, "▼", "bad"]];

function isRated(one) {
  return typeof one.good === "boolean" || Boolean(one.comment);
}

// The marks of a rating in a cell, each with a shape beside its word.
function ratingMarks(words, { good, comment }) {
  const marks = RATINGS.filter(([value]) => value === good).map(([, shape, word]) => `${shape} ${words[word]}`);
  return comment ? [...marks, `✎ ${comment}`] : marks;
}

// Args: words; rate(answer, good, comment) has it kept.
function ratingBar({ words, rate }) {
  let shown = null;
  const comment = element("input", "wb-input wb-comment", {
    type: "text", placeholder: `${words.comment} …`, "aria-label": words.comment, maxlength: "2000", dir: "auto",
  });
  const send = (good) => {
    const text = comment.value.trim();
    if (good === shown.good && text === shown.comment) return;
    shown.apply({ good, comment: text }); // at once, as the next key may come before the kernel has told of it
    rate(shown, good, text);
  };
  const give = (good) => send(shown.good === good ? null : good); // a second time takes it back
  const buttons = RATINGS.map(([good, shape, word]) => {
    const node = button(words[word], () => give(good), { "aria-pressed": "false" });
    node.prepend(element("span", "wb-ratingshape", { "aria-hidden": "true" }, shape));
    return [good, node];
  });
  const kept = element("span", "wb-quiet", { role: "status" });
  comment.addEventListener("input", () => say(kept, ""));
  const sendComment = () => send(shown.good);
  comment.addEventListener("change", sendComment);
  comment.addEventListener("keydown", (event) => { if (event.key === "Enter" && !event.isComposing) sendComment(); });
  const node = element(
    "div", "wb-rating", { role: "group", "aria-label": words.your_rating, hidden: "" },
    element("span", "wb-quiet", { "aria-hidden": "true" }, words.your_rating), ...buttons.map(([, one]) => one), comment, kept,
  );
  return {
    node,
    give,
    comment,
    show(one, mayRate) {
      if (one !== shown || document.activeElement !== comment) comment.value = one.comment;
      shown = one;
      say(kept, one.comment && comment.value.trim() === one.comment ? words.rating_kept : "");
      node.hidden = !mayRate || one.status !== "answered";
      for (const [good, each] of buttons) each.setAttribute("aria-pressed", String(one.good === good));
    },
  };
}
