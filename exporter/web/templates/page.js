// Finds, sorts and keeps the page up to date. What comes from the exporter is parsed into a document
// that runs nothing, and its nodes are taken over as they are: no text is ever read as markup.

const UPDATE_EVERY = Number(document.body.dataset.updateEvery) * 1000;
const FIRST_UPDATE = 1000; // what was due when the page was opened is read by then
const LONGEST_WAIT = 60_000;
const TICK = 5000;
const PATIENCE = 20_000;
const SETTLED = 400; // milliseconds without a key: then the person has typed what is to be found

const byId = (id) => document.getElementById(id);
const [find, kinds, rows, shown, said, trouble, updating] = [
  'find', 'kinds', 'rows', 'shown', 'said', 'trouble', 'updating',
].map(byId);
const headers = [...document.querySelectorAll('th[data-sort]')];

// ---- Which jobs, in which order: kept in the address, so that a reload and a bookmark keep it

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

// What a cell is sorted by, null where it holds nothing. An id can be larger than a number is exact.
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

let served = new Map(); // each row's place in the order of the exporter, which decides among equals

function sorted(all) {
  const header = headers.find(({ dataset }) => dataset.column === choice.sort);
  const place = headers.indexOf(header);
  const value = new Map(all.map((row) => [row, valueOf[header.dataset.sort](row.cells[place])]));
  return all.sort((a, b) => {
    const [one, other] = [value.get(a), value.get(b)];
    const missing = (one === null) - (other === null); // what holds nothing comes last, either way
    const order = one === null || other === null ? missing : (choice.down ? -1 : 1) * compare(one, other);
    return order || served.get(a) - served.get(b);
  });
}

// Put the children of a node in an order, and move no more of them than needed: one that is moved
// loses the text that is selected in it.
function arrange(parent, wanted) {
  let place = parent.firstElementChild;
  for (const child of wanted) {
    if (place?.nextElementSibling === child) place = child; // the turn of the one before comes later
    if (place === child) place = child.nextElementSibling;
    else parent.insertBefore(child, place);
  }
}

// ---- Finding

const found = new WeakMap(); // the text in which a row is found
// As people type it: without accents and what has no width, which a pasted text can hold.
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

// Show what was chosen, of the rows that there are now.
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

// The person chose something: show it at once, and say it when no more is typed.
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
  const first = sort === 'number' || sort === 'percent'; // of numbers the largest are looked for
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

// ---- Taking over a newer page: what has not changed is not touched, so that focus, selection and
// scroll position stay

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
    if (name !== 'hidden' && !fresh.hasAttribute(name)) old.removeAttribute(name); // we hide, it does not
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

// Patch children that are known by a key, and return them in the order of the newer page.
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

// ---- Time: by the exporter's clock, which need not be the browser's

let madeAt;
let receivedAt;

function setTime() {
  madeAt = Date.parse(byId('as-of').querySelector('time').dateTime);
  receivedAt = Date.now();
}

// The same as `age` of the exporter.
function age(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  if (whole < 60) return `${whole}s`;
  if (whole < 3600) return `${Math.floor(whole / 60)}m`;
  if (whole < 86_400) return `${Math.floor(whole / 3600)}h ${Math.floor((whole % 3600) / 60)}m`;
  return `${Math.floor(whole / 86_400)}d ${Math.floor((whole % 86_400) / 3600)}h`;
}

function tick() {
  if (document.hidden) return;
  const now = madeAt + Math.max(0, Date.now() - receivedAt);
  for (const time of document.querySelectorAll('time.age, time.left')) {
    const ago = (now - Date.parse(time.dateTime)) / 1000;
    const text = age(time.className === 'age' ? ago : -ago);
    if (time.textContent !== text) time.firstChild.data = text;
  }
}

// ---- Asking for a newer page

let timer;
let busy = false;
let failures = 0;
let askedAt = Date.now();

// Not by the document's own address: it can hold a user and a password, which `fetch` refuses.
async function ask() {
  const request = { cache: 'no-store', headers: { Prefer: 'wait=1' }, signal: AbortSignal.timeout(PATIENCE) };
  const answer = await fetch(location.origin + location.pathname + location.search, request).catch(() => {
    throw new Error('the exporter cannot be reached');
  });
  if (!answer.ok) throw new Error(`the exporter answers ${answer.status}`);
  const text = await answer.text().catch(() => {
    throw new Error('the answer of the exporter broke off');
  });
  // Without the head: its style has a nonce of its own, of which the browser would complain.
  const page = new DOMParser().parseFromString(text.slice(text.indexOf('<body')), 'text/html');
  const whole = page.body.dataset.version && page.getElementById('no-match');
  if (!whole) throw new Error('something else answers in place of the exporter');
  return page;
}

// Take over the page of another version by a reload: script and style are its too. Once for each
// version: of two that answer in turn, neither is to reload the other for ever.
function change(version) {
  if (!rememberFor(version)) throw new Error(`version ${version} answers, load the page again to see it`);
  writeAddress();
  location.reload();
}

// Remember that a version was loaded and where the focus was; false where that was done already, or
// where the browser does not let us remember.
function rememberFor(version) {
  try {
    if (sessionStorage.getItem(`loaded ${version}`)) return false;
    sessionStorage.setItem(`loaded ${version}`, 'once');
    sessionStorage.setItem('focus', document.activeElement.id);
    return true;
  } catch {
    return false;
  }
}

function restoreFocus() {
  try {
    const id = sessionStorage.getItem('focus');
    sessionStorage.removeItem('focus');
    if (id) byId(id)?.focus({ preventScroll: true });
  } catch {} // nothing was remembered
}

async function update() {
  if (busy) return;
  busy = true;
  try {
    const page = await ask();
    const { version } = page.body.dataset;
    if (version === document.body.dataset.version) show(page);
    else change(version);
    recovered();
  } catch (error) {
    failed(error);
  }
  busy = false;
  askedAt = Date.now();
  plan(wait());
}

const wait = () => Math.min(UPDATE_EVERY * 2 ** failures, LONGEST_WAIT);

function plan(delay) {
  clearTimeout(timer);
  if (!document.hidden && updating.checked) timer = setTimeout(update, delay);
}

// Ask now if the last answer is old: the tab was not looked at, or updates were switched off.
function resume() {
  tick();
  plan(Math.max(0, askedAt + UPDATE_EVERY - Date.now()));
}

function recovered() {
  if (failures) said.textContent = 'Up to date again';
  failures = 0;
  trouble.hidden = true;
}

function failed(error) {
  const text = `Not up to date since ${byId('as-of').textContent.trim()}: ${error.message}.`;
  if (!failures) said.textContent = text; // once, not at each attempt
  failures += 1;
  trouble.textContent = `${text} It is asked again after ${wait() / 1000} s.`;
  trouble.hidden = false;
}

numberRows([...rows.rows]);
setTime();
addControls();
readAddress();
apply();
restoreFocus();
setInterval(tick, TICK);
plan(FIRST_UPDATE);
document.addEventListener('visibilitychange', resume);
updating.addEventListener('change', resume);
addEventListener('online', resume);
