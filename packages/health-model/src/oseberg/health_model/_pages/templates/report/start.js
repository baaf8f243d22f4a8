// The page: unpack its data, draw it, and follow its addresses.

let left = null; // the link by which the overview was left: who comes back goes on there

function route(data) {
  const account = data.accounts.link.indexOf(location.hash);
  const user = account < 0 && location.hash.startsWith("#user-") ? data.people[0].findIndex((id) => userLink(id) === location.hash) : -1;
  const found = account >= 0 || user >= 0;
  if (found && !by("overview").hidden) left = document.activeElement;
  by("overview").hidden = found;
  by("page").hidden = !found;
  const name = account >= 0 ? data.accounts.name[account] : data.people[1][user];
  by("page").replaceChildren(...(account >= 0 ? [accountPage(data, account)] : user >= 0 ? [userPage(data, person(data, user))] : []));
  document.title = found ? `${name} · ${TITLE}` : TITLE;
  if (!found) return left?.focus();
  scrollTo(0, 0);
  by("page").querySelector("h2").focus({ preventScroll: true });
}

async function unpack(text) {
  const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  const whole = await new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"))).arrayBuffer();
  const start = 4 + new DataView(whole).getUint32(0, true);
  const data = JSON.parse(new TextDecoder().decode(new Uint8Array(whole, 4, start - 4)));
  const types = { u1: Uint8Array, u2: Uint16Array, i2: Int16Array, i4: Int32Array };
  for (const [name, [type, offset, length]] of Object.entries(data.arrays)) data[name] = new types[type](whole, start + offset, length);
  data.count = data.accounts.id.length;
  data.last = data.weeks.findLastIndex((_, week) => !data.lost.includes(week));
  data.peak = Math.max(100, data.threshold, data.scores.reduce((most, cents) => Math.max(most, cents), 0));
  data.known = data.person_lasting.reduce((most, weeks) => Math.max(most, weeks), 0);
  const width = data.shown.length;
  data.ranked = [...data.people[0].keys()].sort((a, b) => data.person_scores[(b + 1) * width - 1] - data.person_scores[(a + 1) * width - 1]);
  return data;
}

async function start() {
  for (const list of document.querySelectorAll(".sortable")) sortable(list);
  const data = await unpack(by("data").textContent).catch(() => null);
  by("old").hidden = Boolean(data);
  if (!data) return;
  for (const part of document.querySelectorAll(".script")) part.hidden = false;
  if (!data.person_state.includes(1)) by("state").value = "";
  for (const id of ["state", "who"]) by(id).addEventListener("input", () => listUsers(data));
  for (const id of ["outcome", "which-alarm"]) by(id).addEventListener("input", () => listAlarms(data));
  portfolio(data);
  listUsers(data);
  listAlarms(data);
  offerWeeks(data);
  addEventListener("hashchange", () => route(data));
  route(data);
}

if (by("accounts")) start();
