// What a person chooses to see. The address holds the choice, and the exporter draws it: so each
// change of the choice is a change of the address, and then a newer page.

const SETTLED = 300; // milliseconds without a key press after which typing is over

const byId = (id) => document.getElementById(id);
const [search, find, said, trouble, updating] = ['search', 'find', 'said', 'trouble', 'updating'].map(byId);

// Return parameters of an address with some changes; an empty one is left out.
function changed(query, changes) {
  const parameters = new URLSearchParams(query);
  for (const [name, value] of Object.entries(changes)) {
    if (value) parameters.set(name, value);
    else parameters.delete(name);
  }
  return parameters;
}

// Return the parameters with what was typed last, unless typing is over.
function withTyped(query) {
  return settling ? changed(query, { find: find.value.trim(), page: '', open: '' }) : changed(query, {});
}

let settling; // the timer of typing that is not over
let isTyped = false; // whether the present step of the history was typed
let chosen = location.search; // the choice that was shown last

function go(parameters, { replace = false, place = '' } = {}) {
  const address = (parameters.size ? `?${parameters}` : location.pathname) + place;
  history[replace ? 'replaceState' : 'pushState'](null, '', address);
}

function typing() {
  clearTimeout(settling);
  settling = setTimeout(showTyped, SETTLED);
}

// Show what was typed, unless it is shown already. However much is typed at once, it is one step of
// the history.
function showTyped() {
  if (find.value.trim() === (changed(location.search, {}).get('find') ?? '')) return typingIsOver();
  settling ??= true;
  go(withTyped(location.search), { replace: isTyped });
  isTyped = true;
  return showAndSay();
}

function typingIsOver() {
  clearTimeout(settling);
  settling = undefined;
}

// Show what the address now holds. Return whether that worked.
async function showChoice() {
  typingIsOver();
  chosen = location.search;
  return update({ now: true });
}

// Show what the address now holds, and say how many jobs that are.
async function showAndSay() {
  const shown = await showChoice();
  if (shown) said.textContent = byId('shown').textContent;
  return shown;
}

// Let the field show what the page searches for, unless a person is typing.
function setField() {
  if (!settling && find.value.trim() !== find.defaultValue) find.value = find.defaultValue;
}

// Return what a link asks for. It was drawn for the choice that is shown, and another may be under
// way: so only the parameters that the link is about are taken from it.
function followed(link) {
  const parameters = new URLSearchParams(link.search);
  const about = link.closest('[data-about]')?.dataset.about.split(' ');
  if (!about) return parameters;
  return changed(withTyped(location.search), Object.fromEntries(about.map((name) => [name, parameters.get(name)])));
}

async function follow(event) {
  const link = event.target.closest('a[href^="?"]');
  if (!link || event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  const turnsPage = link.closest('#pages');
  if (link.id === 'clear') {
    typingIsOver();
    find.focus();
  }
  go(followed(link));
  isTyped = false;
  if ((await showAndSay()) && turnsPage) byId('jobs').focus();
}

// Open or close a row.
function toggle(button) {
  const open = button.value;
  go(changed(withTyped(location.search), { open }), { place: open && '#opened' });
  isTyped = false;
  showChoice();
}

function addControls() {
  for (const hidden of document.querySelectorAll('.control')) hidden.hidden = false;
  search.querySelector('button').hidden = true; // it searches by itself
  document.addEventListener('click', follow);
  document.addEventListener('submit', (event) => {
    event.preventDefault();
    if (event.target === search) showTyped();
    else toggle(event.submitter);
  });
  find.addEventListener('input', typing);
  find.addEventListener('keydown', (event) => {
    if (event.key !== 'Escape' || !find.value) return;
    find.value = '';
    showTyped();
  });
  addEventListener('popstate', () => {
    if (location.search === chosen) return; // only the place in the page changed
    isTyped = false;
    showAndSay();
  });
}
