// Which rows of a comparison are in the page: those near what is in sight, as there may be fifty thousand.

const MOST_ANSWERS = 1000; // that are in the page; a comparison of fewer is there as a whole
const LEAST_ROWS = 30;
const FIRST_ANSWERS = 120; // that are drawn at once in the beginning
const ANSWERS_AT_ONCE = 24; // that are drawn in one frame besides those in sight
const USUAL_HEIGHT = 60; // of a row that was never drawn
const GREATEST_HEIGHT = 15e6; // of all rows that were never drawn: a browser ends some way above it

// Rows out of the page take the height that they had, or else that of the others, so that nothing moves when they come.
// Args: pane that scrolls; top, the row of heads; count of rows; perRow, the answers in one; draw(number) makes a row with
// its node; arrived(rows) is called when rows come into sight, moved() when others are in the page or in sight.
function rowsInPage({ pane, top, count, perRow, draw, arrived, moved }) {
  const room = Math.max(LEAST_ROWS, Math.floor(MOST_ANSWERS / perRow));
  const atOnce = Math.max(2, Math.ceil(ANSWERS_AT_ONCE / perRow));
  const above = element("div", "wb-space");
  const below = element("div", "wb-space");
  const body = element("div", "wb-rows", { role: "rowgroup" });
  const heights = new Float32Array(count); // 0 where it is not known
  const place = new Int32Array(count); // of each row among those shown; -1 where it is not
  const drawn = new Map(); // rows that have a node, by number; those that went out last are kept a while
  let usual = USUAL_HEIGHT;
  let shown = Array.from({ length: count }, (_, number) => number);
  let start = 0; // the rows in the page, by their places
  let end = 0;
  let due = null;

  const heightOf = (position) => heights[shown[position]] || usual;
  const heightOfAll = (from, to) => {
    let sum = 0;
    for (let position = from; position < to; position += 1) sum += heightOf(position);
    return sum;
  };
  const at = (position) => drawn.get(shown[position]);
  const inPage = (position) => position >= start && position < end;

  const seen = new IntersectionObserver((entries) => {
    const nodes = entries.filter((entry) => entry.isIntersecting).map((entry) => entry.target);
    for (const node of nodes) seen.unobserve(node);
    arrived(nodes.filter((node) => node.isConnected).map((node) => drawn.get(Number(node.dataset.row))));
  }, { root: pane, rootMargin: "50% 0px" });

  const made = (number) => {
    if (drawn.size >= 2 * room) {
      const old = [...drawn.values()].find((row) => !row.node.isConnected);
      if (old) {
        old.drop();
        drawn.delete(old.number);
      }
    }
    const row = draw(number);
    row.node.dataset.row = number;
    drawn.set(number, row);
    return row;
  };
  // Puts the rows from start to end into the page, and takes all others out.
  const fill = () => {
    const wanted = new Set();
    for (let position = start; position < end; position += 1) wanted.add(shown[position]);
    const leaving = [...body.children].map((node) => drawn.get(Number(node.dataset.row))).filter((row) => !wanted.has(row.number));
    if (pane.clientHeight) {
      for (const row of leaving) heights[row.number] = row.node.offsetHeight;
    }
    if (leaving.some((row) => row.node.contains(document.activeElement))) pane.focus({ preventScroll: true });
    for (const row of leaving) row.node.remove();
    let next = body.firstChild;
    for (let position = start; position < end; position += 1) {
      const row = at(position) ?? made(shown[position]);
      if (row.node === next) next = next.nextSibling;
      else {
        row.node.style.containIntrinsicHeight = `auto ${heightOf(position)}px`;
        body.insertBefore(row.node, next);
        seen.observe(row.node);
      }
      const index = String(position + 2); // the heads are the first
      if (row.node.getAttribute("aria-rowindex") !== index) row.node.setAttribute("aria-rowindex", index);
    }
    above.style.height = `${heightOfAll(0, start)}px`;
    below.style.height = `${heightOfAll(end, shown.length)}px`;
  };

  const heightAt = (position) => (inPage(position) ? at(position).node.offsetHeight : heightOf(position));
  const topOf = (position) => {
    if (inPage(position)) return at(position).node.offsetTop;
    if (position < start) return top.offsetHeight + heightOfAll(0, position);
    return below.offsetTop + heightOfAll(end, position);
  };
  // The place of the row at a height within the pane.
  const positionAt = (y) => {
    const last = shown.length - 1;
    let position = Math.min(y < body.offsetTop ? 0 : y < below.offsetTop ? start : end, last);
    let bottom = topOf(position) + heightAt(position);
    while (bottom <= y && position < last) {
      position += 1;
      bottom = inPage(position) ? topOf(position) + heightAt(position) : bottom + heightOf(position);
    }
    return position;
  };
  // The places of the first row in sight and of that behind the last.
  const sight = () => {
    if (!shown.length) return [0, 0];
    return [positionAt(pane.scrollTop + top.offsetHeight), positionAt(pane.scrollTop + pane.clientHeight) + 1];
  };

  let moving = false;
  const step = () => {
    due = null;
    if (!pane.clientHeight) return;
    const [first, last] = sight();
    const margin = Math.max(0, (room - (last - first)) >> 1);
    const low = Math.max(0, Math.min(first - margin, shown.length - room));
    const high = Math.min(shown.length, low + room);
    moving ||= (start > 0 && first - start < margin / 2) || (end < shown.length && end - last < margin / 2);
    if (moving) {
      if (last <= start || first >= end) [start, end] = [first, last];
      const from = Math.min(start, first);
      const to = Math.max(end, last);
      start = from > low ? Math.max(low, from - atOnce) : Math.min(low, from + 2 * atOnce);
      end = to < high ? Math.min(high, to + atOnce) : Math.max(high, to - 2 * atOnce);
      if (!pane.scrollTop && last > first) usual = Math.min((topOf(last - 1) + heightAt(last - 1) - topOf(0)) / last, GREATEST_HEIGHT / count);
      fill();
      moving = start !== low || end !== high;
      if (moving) soon();
    }
    moved();
  };
  const soon = () => { due ??= requestAnimationFrame(step); };
  pane.addEventListener("scroll", soon, { passive: true });
  const resized = new ResizeObserver(soon);
  resized.observe(pane);

  const reveal = (position) => {
    if (inPage(position)) return at(position);
    const y = topOf(position);
    start = Math.max(0, position - atOnce);
    end = Math.min(shown.length, position + atOnce);
    fill();
    pane.scrollTop = y - top.offsetHeight;
    moving = true;
    soon();
    return at(position);
  };

  // The topmost row in sight, and how far it is from the upper edge.
  const anchor = () => {
    if (!pane.clientHeight || !shown.length || !pane.scrollTop) return null;
    const [position] = sight();
    return [shown[position], topOf(position) - pane.scrollTop];
  };
  const backTo = (kept) => {
    if (!kept || place[kept[0]] < 0) return;
    const row = reveal(place[kept[0]]);
    pane.scrollTop = row.node.offsetTop - kept[1];
  };

  shown.forEach((number) => { place[number] = number; });
  end = Math.min(count, room, Math.max(1, Math.ceil(FIRST_ANSWERS / perRow)));
  moving = end < Math.min(count, room);
  return {
    nodes: [above, body, below],
    place,
    sight,
    reveal,
    anchor,
    backTo,
    topOf,
    heightAt,
    get shown() { return shown; },
    // Its answers have ended: how they lie in their boxes is seen to when it is in sight.
    lookAt(row) {
      seen.unobserve(row.node);
      seen.observe(row.node);
    },
    rowAt: (number) => drawn.get(number),
    get drawn() { return [...drawn.values()]; },
    get inPage() { return shown.slice(start, end).map((number) => drawn.get(number)); },
    begin() {
      fill();
      soon();
    },
    // Shows these rows in this order; a reader's row stays where it is, where it is among them.
    show(numbers, keep) {
      const kept = keep ? anchor() : null;
      shown = numbers;
      place.fill(-1);
      shown.forEach((number, position) => { place[number] = position; });
      const middle = kept && place[kept[0]] >= 0 ? place[kept[0]] : 0;
      const first = shown.length > room ? Math.ceil(FIRST_ANSWERS / perRow) : shown.length;
      start = Math.max(0, Math.min(middle - (first >> 1), shown.length - first));
      end = start + first;
      fill();
      if (kept && place[kept[0]] >= 0) backTo(kept);
      else if (pane.clientHeight) pane.scrollTop = 0;
      moving = true;
      soon();
    },
    soon,
    stop() {
      if (due !== null) cancelAnimationFrame(due);
      resized.disconnect();
      seen.disconnect();
    },
  };
}
