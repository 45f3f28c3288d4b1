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

// Patch children that have keys, and put them in the order of the newer page.
function patchKeyed(old, fresh) {
  const left = new Map([...old.children].map((child) => [child.dataset.key, child]));
  const all = [...fresh.children].map((child) => {
    const before = left.get(child.dataset.key);
    if (!before) return document.importNode(child, true);
    left.delete(child.dataset.key);
    patch(before, child);
    return before;
  });
  for (const gone of left.values()) gone.remove();
  arrange(old, all);
}

// Put the children of a node in an order. Move as few as possible: a moved child loses its
// selection.
function arrange(parent, wanted) {
  let place = parent.firstElementChild;
  for (const child of wanted) {
    if (place?.nextElementSibling === child) place = child; // the child before it comes later
    if (place === child) place = child.nextElementSibling;
    else parent.insertBefore(child, place);
  }
}

function show(page) {
  for (const live of document.querySelectorAll('[data-live]')) patch(live, page.getElementById(live.id));
  setTime();
  setField();
}
