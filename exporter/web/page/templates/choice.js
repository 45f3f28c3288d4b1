// What a person chooses to see. The address holds the choice, and the exporter draws it: so each
// change of the choice is a change of the address, and then a newer page.

const SETTLED = 300; // milliseconds without a key press after which typing is over

const byId = (id) => document.getElementById(id);
const [form, find, said, trouble, updating] = ['choice', 'find', 'said', 'trouble', 'updating'].map(byId);

// Return the address that the form asks for, with the button that was pressed, if one was.
function asked(button) {
  const parts = new URLSearchParams(new FormData(form, button));
  for (const [name, value] of [...parts]) if (!value) parts.delete(name);
  return parts.size ? `?${parts}` : location.pathname;
}

let settling;

// Show what the address now holds, and announce it. Return whether that worked.
async function showChoice() {
  clearTimeout(settling);
  const shown = await update({ now: true });
  if (shown) said.textContent = byId('shown').textContent;
  return shown;
}

function typing() {
  clearTimeout(settling);
  settling = setTimeout(showTyped, SETTLED);
}

function showTyped() {
  history.replaceState(null, '', asked());
  showChoice();
}

// Show what a link or the history asks for, and what it searches for, which may not be what was typed.
async function showLinked() {
  if (await showChoice()) find.value = find.defaultValue;
}

async function follow(event) {
  const link = event.target.closest('a[href^="?"]');
  if (!link || event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  const turns = link.closest('#pages');
  if (link.id === 'clear') find.focus();
  history.pushState(null, '', link.search || location.pathname);
  await showLinked();
  if (turns) byId('jobs').scrollIntoView();
}

function addControls() {
  for (const hidden of document.querySelectorAll('.control')) hidden.hidden = false;
  byId('search').hidden = true;
  document.addEventListener('click', follow);
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    history.pushState(null, '', asked(event.submitter));
    showChoice();
  });
  find.addEventListener('input', typing);
  find.addEventListener('keydown', (event) => {
    if (event.key !== 'Escape' || !find.value) return;
    find.value = '';
    showTyped();
  });
  addEventListener('popstate', showLinked);
}
