// What a person chooses to see. The address holds the choice, and the exporter draws it: so each
// change of the choice is a change of the address, and then a newer page.

const SETTLED = 300; // milliseconds without a key press after which typing is over

const byId = (id) => document.getElementById(id);
const [search, find, said, trouble, updating] = ['search', 'find', 'said', 'trouble', 'updating'].map(byId);

// Return an address with some parts changed; an empty one is left out.
function withParts(address, changes) {
  const parts = new URLSearchParams(address);
  for (const [name, value] of Object.entries(changes)) {
    if (value) parts.set(name, value);
    else parts.delete(name);
  }
  return parts.size ? `?${parts}` : location.pathname;
}

const withTyped = (address) => withParts(address, { find: find.value.trim(), page: '', open: '' });

let settling; // the timer of typing that is not over
let isTyped = false; // whether the present step of the history was typed
let chosen = location.search; // the choice that was shown last

function typing() {
  clearTimeout(settling);
  settling = setTimeout(showTyped, SETTLED);
}

// Show what was typed. However much is typed at once, it is one step of the history.
function showTyped() {
  history[isTyped ? 'replaceState' : 'pushState'](null, '', withTyped(location.search));
  isTyped = true;
  showAndSay();
}

// Show what the address now holds. Return whether that worked.
async function showChoice() {
  clearTimeout(settling);
  settling = undefined;
  chosen = location.search;
  return update({ now: true });
}

// Show what the address now holds, and say how many jobs that are.
async function showAndSay() {
  const shown = await showChoice();
  if (shown) said.textContent = byId('shown').textContent;
  return shown;
}

// Show what the address now holds, with what it searches for, unless more is typed meanwhile.
async function showLinked() {
  isTyped = false;
  const before = find.value;
  if ((await showAndSay()) && find.value === before) find.value = find.defaultValue;
}

async function follow(event) {
  const link = event.target.closest('a[href^="?"]');
  if (!link || event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  const [isToAll, turnsPage] = [link.id === 'clear', link.closest('#pages')];
  if (isToAll) {
    find.value = '';
    find.focus();
  }
  const address = settling && !isToAll ? withTyped(link.search) : link.search;
  history.pushState(null, '', address || location.pathname);
  await showLinked();
  if (turnsPage) byId('jobs').focus();
}

function addControls() {
  for (const hidden of document.querySelectorAll('.control')) hidden.hidden = false;
  search.querySelector('button').hidden = true; // it searches by itself
  document.addEventListener('click', follow);
  document.addEventListener('submit', (event) => {
    event.preventDefault();
    if (event.target === search) return showTyped();
    const open = event.submitter.value;
    history.pushState(null, '', withParts(location.search, { open }) + (open && '#opened'));
    isTyped = false;
    return showChoice();
  });
  find.addEventListener('input', typing);
  find.addEventListener('keydown', (event) => {
    if (event.key !== 'Escape' || !find.value) return;
    find.value = '';
    showTyped();
  });
  addEventListener('popstate', () => {
    if (location.search !== chosen) showLinked(); // else only the place in the page changed
  });
}
