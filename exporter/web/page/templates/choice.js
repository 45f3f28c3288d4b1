// The choice of the jobs to show, and of their order.

const SETTLED = 400; // milliseconds without a key press after which typing is over

const byId = (id) => document.getElementById(id);
const [find, kinds, rows, shown, said, trouble, updating] = [
  'find', 'kinds', 'rows', 'shown', 'said', 'trouble', 'updating',
].map(byId);
const headers = [...document.querySelectorAll('th[data-sort]')];

// ---- The choice, kept in the address, so that a reload and a bookmark keep it

const choice = { find: '', kind: '', sort: 'state', down: false };

function readAddress() {
  const parts = new URLSearchParams(location.hash.slice(1));
  const sort = parts.get('sort') ?? 'state';
  const column = sort.replace(/^-/, '');
  choice.find = parts.get('find') ?? '';
  choice.kind = kinds.querySelector(`[value="${CSS.escape(parts.get('kind') ?? '')}"]`)?.value ?? '';
  choice.sort = headers.some((header) => header.dataset.column === column) ? column : 'state';
  choice.down = sort.startsWith('-');
  find.value = choice.find;
  kinds.querySelector(`[value="${choice.kind}"]`).checked = true;
}

function writeAddress() {
  const parts = new URLSearchParams();
  if (choice.find) parts.set('find', choice.find);
  if (choice.kind) parts.set('kind', choice.kind);
  if (choice.sort !== 'state' || choice.down) parts.set('sort', (choice.down ? '-' : '') + choice.sort);
  const hash = parts.size ? `#${parts}` : '';
  if (hash !== location.hash) history.replaceState(null, '', location.pathname + location.search + hash);
}

// ---- Sorting

const collator = new Intl.Collator(undefined, { numeric: true, sensitivity: 'base' });
const textOf = (cell) => cell.textContent.trim() || null;
const numberOf = (cell) => (textOf(cell) === null ? null : Number(textOf(cell).replaceAll(',', '')));

// The sort value of a cell, null for an empty cell. An id can be too large for an exact number.
const valueOf = {
  text: textOf,
  id: (cell) => (textOf(cell) === null ? null : BigInt(textOf(cell))),
  number: numberOf,
  percent: (cell) => cell.querySelector('progress')?.value ?? null,
  rank: (cell) => Number(cell.parentElement.dataset.rank),
  time: (cell) => cell.querySelector(':scope > time')?.dateTime ?? null,
};

function compare(one, other) {
  if (typeof one === 'string') return collator.compare(one, other);
  return one < other ? -1 : Number(one > other);
}

let served = new Map(); // each row's place in the exporter's order, which breaks ties

function sorted(all) {
  const header = headers.find(({ dataset }) => dataset.column === choice.sort);
  const place = headers.indexOf(header);
  const value = new Map(all.map((row) => [row, valueOf[header.dataset.sort](row.cells[place])]));
  return all.sort((a, b) => {
    const [one, other] = [value.get(a), value.get(b)];
    const missing = (one === null) - (other === null); // empty cells come last in both directions
    const order = one === null || other === null ? missing : (choice.down ? -1 : 1) * compare(one, other);
    return order || served.get(a) - served.get(b);
  });
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

// ---- Finding

const found = new WeakMap(); // the searchable text of each row
// Text as people type it: without accents, and without pasted characters of zero width.
const fold = (text) => text.normalize('NFKD').replace(/[\p{M}\p{Cf}]/gu, '').toLowerCase();

function textToFind(row) {
  if (!found.has(row)) {
    const parts = [...row.querySelectorAll('[data-find]')].map((part) => part.textContent);
    found.set(row, fold(parts.join('\n')));
  }
  return found.get(row);
}

function hideOthers(jobs) {
  const words = fold(choice.find).split(/\s+/).filter(Boolean);
  let left = 0;
  for (const row of jobs) {
    const kind = !choice.kind || row.dataset.kinds.split(' ').includes(choice.kind);
    const match = kind && words.every((word) => textToFind(row).includes(word));
    left += match;
    if (row.hidden === match) row.hidden = !match;
  }
  return left;
}

// Apply the choice to the rows of this page.
function apply() {
  const jobs = [...rows.rows].filter((row) => row.dataset.kinds);
  arrange(rows, sorted(jobs));
  const left = hideOthers(jobs);
  const all = `${jobs.length.toLocaleString('en')} ${jobs.length === 1 ? 'job' : 'jobs'}`;
  shown.textContent = left === jobs.length ? all : `${left.toLocaleString('en')} of ${all}`;
  byId('no-match').hidden = left > 0 || jobs.length === 0;
  for (const header of headers) {
    header.removeAttribute('aria-sort');
    if (header.dataset.column === choice.sort) header.setAttribute('aria-sort', choice.down ? 'descending' : 'ascending');
  }
}

let settling;

// Take a change of the choice: show it at once, and announce it when the person stops typing.
function choose(change) {
  Object.assign(choice, change);
  apply();
  clearTimeout(settling);
  settling = setTimeout(() => {
    writeAddress();
    said.textContent = shown.textContent;
  }, SETTLED);
}

function showAll() {
  find.value = '';
  kinds.querySelector('[value=""]').checked = true;
  choose({ find: '', kind: '' });
  find.focus();
}

function sortBy({ column, sort }) {
  const first = sort === 'number' || sort === 'percent'; // people look for the largest numbers
  choose({ sort: column, down: choice.sort === column ? !choice.down : first });
}

function addControls() {
  for (const hidden of document.querySelectorAll('.control, #kinds input')) hidden.hidden = false;
  for (const header of headers) {
    const button = document.createElement('button');
    button.type = 'button';
    button.append(...header.childNodes);
    button.addEventListener('click', () => sortBy(header.dataset));
    header.append(button);
  }
  find.addEventListener('input', () => choose({ find: find.value }));
  find.addEventListener('keydown', (event) => {
    if (event.key === 'Escape' && find.value) showAll();
  });
  kinds.addEventListener('change', (event) => choose({ kind: event.target.value }));
  byId('clear').addEventListener('click', showAll);
  addEventListener('hashchange', () => {
    if (location.hash && !location.hash.includes('=')) return; // the link to the jobs
    readAddress();
    apply();
  });
}
