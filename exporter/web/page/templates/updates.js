// The updates of the page. Each answer is parsed into a document that runs no script.

const UPDATE_EVERY = Number(document.body.dataset.updateEvery) * 1000;
const FIRST_UPDATE = 1000; // milliseconds; by then the jobs due at the opening have been read
const LONGEST_WAIT = 60_000;
const TICK = 5000;
const PATIENCE = 20_000;

// ---- Time, by the exporter's clock, which may differ from the browser's

let madeAt;
let receivedAt;

function setTime() {
  madeAt = Date.parse(byId('as-of').querySelector('time').dateTime);
  receivedAt = Date.now();
}

// Format a duration as `age` in words.py does.
function age(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  if (whole < 60) return `${whole}s`;
  if (whole < 3600) return `${Math.floor(whole / 60)}m`;
  if (whole < 86_400) return `${Math.floor(whole / 3600)}h ${Math.floor((whole % 3600) / 60)}m`;
  if (whole < 8_640_000) return `${Math.floor(whole / 86_400)}d ${Math.floor((whole % 86_400) / 3600)}h`;
  return `${Math.floor(whole / 86_400)}d`;
}

function tick() {
  if (document.hidden) return;
  const now = madeAt + Math.max(0, Date.now() - receivedAt);
  for (const time of document.querySelectorAll('main time')) {
    const ago = (now - Date.parse(time.dateTime)) / 1000;
    const text = age(time.className === 'left' ? -ago : ago);
    if (time.textContent !== text) time.firstChild.data = text;
  }
}

// ---- Asking for a newer page

let timer;
let busy = false;
let newest = 0;
let failures = 0;
let askedAt = Date.now();

// Ask for the page, and let the exporter wait for due reads unless a person waits for the answer.
// The document's own address may hold a user and a password, which `fetch` refuses.
async function ask(now) {
  const headers = now ? {} : { Prefer: 'wait=1' };
  const request = { cache: 'no-store', headers, signal: AbortSignal.timeout(PATIENCE) };
  const answer = await fetch(location.origin + location.pathname + location.search, request).catch(({ name }) => {
    throw new Error(name === 'TimeoutError' ? 'the exporter does not answer' : 'the exporter cannot be reached');
  });
  if (!answer.ok) throw new Error(`the exporter answers ${answer.status}`);
  const text = await answer.text().catch(() => {
    throw new Error('the answer of the exporter broke off');
  });
  const page = new DOMParser().parseFromString(text, 'text/html');
  const whole = page.body.dataset.version && page.getElementById('exporter');
  if (!whole) throw new Error('something else answers in place of the exporter');
  return page;
}

// Reload to get the page of another version, with its script and style. A page reloads once for
// each version: otherwise two versions that answer in turn would make it reload for ever.
function change(version) {
  if (!rememberFor(version)) throw new Error(`version ${version} answers, load the page again to see it`);
  if (settling) go(withTyped(location.search), { replace: true });
  location.reload();
}

// Remember that a version was loaded, and where the focus was. Return false if the version was
// loaded before, or if the browser does not allow storage.
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
    if (id === 'find') find.setSelectionRange(find.value.length, find.value.length);
  } catch {} // the browser does not allow storage
}

// Show a newer page, and tell whether it worked. A choice is asked for `now`, also while another
// request is under way: only the answer to the newest request is shown.
async function update({ now = false } = {}) {
  if (busy && !now) return false;
  busy = true;
  newest += 1;
  const own = newest;
  const page = await ask(now).catch((error) => error);
  if (own !== newest) return false;
  const shown = take(page);
  busy = false;
  askedAt = Date.now();
  plan(wait());
  return shown;
}

// Take over a page, or an error in its place.
function take(page) {
  try {
    if (page instanceof Error) throw page;
    const { version } = page.body.dataset;
    if (version === document.body.dataset.version) show(page);
    else change(version);
    recovered();
    return true;
  } catch (error) {
    failed(error);
    return false;
  }
}

const wait = () => Math.min(UPDATE_EVERY * 2 ** failures, LONGEST_WAIT);

function plan(delay) {
  clearTimeout(timer);
  if (!document.hidden && updating.checked) timer = setTimeout(update, delay);
}

// Ask now if the last answer is old, because the tab was hidden or updates were switched off.
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
  if (!failures) said.textContent = text; // announced once, not at each attempt
  failures += 1;
  trouble.textContent = updating.checked ? `${text} It is asked again after ${wait() / 1000} s.` : text;
  trouble.hidden = false;
}

setTime();
addControls();
restoreFocus();
setInterval(tick, TICK);
plan(FIRST_UPDATE);
document.addEventListener('visibilitychange', resume);
updating.addEventListener('change', resume);
addEventListener('online', resume);
