// Takes a newer page over. Unchanged nodes are not touched, so focus, selection and scroll position
// stay. New nodes are imported unchanged: no text is ever parsed as markup.

function patch(old, fresh) {
  if (old.isEqualNode(fresh)) return;
  if (old.nodeName !== fresh.nodeName) old.replaceWith(document.importNode(fresh, true));
  else if (old.nodeType === Node.TEXT_NODE) old.data = fresh.data;
  else {
    patchAttributes(old, fresh);
    if (fresh.firstElementChild?.dataset.key) patchKeyed(old, fresh);
    else patchChildren(old, fresh);
  }
}

function patchAttributes(old, fresh) {
  for (const { name } of [...old.attributes]) {
    if (name !== 'hidden' && !fresh.hasAttribute(name)) old.removeAttribute(name); // only this page sets `hidden`
  }
  for (const { name, value } of fresh.attributes) {
    if (name !== 'hidden' && old.getAttribute(name) !== value) old.setAttribute(name, value);
  }
}

function patchChildren(old, fresh) {
  const [before, after] = [[...old.childNodes], [...fresh.childNodes]];
  after.forEach((child, index) => {
    if (before[index]) patch(before[index], child);
    else old.append(document.importNode(child, true));
  });
  before.slice(after.length).forEach((child) => child.remove());
}

// Patch children that have keys, and return them in the order of the newer page.
function patchKeyed(old, fresh) {
  const left = new Map([...old.children].map((child) => [child.dataset.key, child]));
  const all = [...fresh.children].map((child) => {
    const before = left.get(child.dataset.key);
    if (!before) return document.importNode(child, true);
    left.delete(child.dataset.key);
    if (!before.isEqualNode(child)) found.delete(before);
    patch(before, child);
    return before;
  });
  for (const gone of left.values()) gone.remove();
  if (old !== rows) arrange(old, all);
  return all;
}

function numberRows(all) {
  served = new Map(all.map((row, place) => [row, place]));
}

function show(page) {
  for (const live of document.querySelectorAll('[data-live]')) patch(live, page.getElementById(live.id));
  const all = patchKeyed(rows, page.getElementById('rows'));
  numberRows(all);
  rows.append(...all.filter((row) => !row.isConnected));
  setTime();
  apply();
}
