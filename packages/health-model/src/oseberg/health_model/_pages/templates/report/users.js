// Users: their table, and a page for each.

function person(data, place) {
  const [id, name, contact, role] = data.people.map((column) => column[place]);
  const width = data.shown.length;
  const scores = [...data.person_scores.subarray(place * width, (place + 1) * width)].map((cents) => (cents < 0 ? null : cents));
  const [last, past] = [scores.at(-1), scores.at(-2)];
  const compared = data.compared && past !== null;
  return { place, id, name, contact, role, scores, account: data.person_company[place], state: data.person_state[place], lasting: data.person_lasting[place], change: compared ? last - past : null };
}

const userLink = (id) => `#user-${encodeURIComponent(id)}`;
const lasting = (data, user) => data.states[user.state] + (user.state && user.lasting > 1 ? ` for ${user.lasting} weeks${user.lasting >= data.known ? " or more" : ""}` : "");

function userTable(data, users, caption, withAccount) {
  const headings = ["User", ...(withAccount ? [" Company"] : []), " This week", ...data.shown, "Change"];
  const rows = users.map((user) => make("tr", {},
    make("th", { scope: "row" }, make("a", { href: userLink(user.id) }, user.name)),
    ...(withAccount ? [make("td", {}, accountLink(data, user.account))] : []),
    make("td", {}, lasting(data, user)),
    ...user.scores.map((score, place) => make("td", place + 1 < user.scores.length ? { class: "n past" } : { class: "n strong", "data-label": "Score" }, points(score))),
    make("td", { class: "n", "data-label": "Change" }, change(user.change))));
  return table(caption, headings, rows, "cards", data.shown.slice(0, -1));
}

// What each metric gives a user: 100 x weight x points / the sum of the weights.
function shares(data, array, place) {
  const answers = data.metrics.map((_, metric) => data.answers[metric][array[metric * data.people[0].length + place]]);
  const total = answers.reduce((sum, [, , weight]) => sum + weight, 0) || 1;
  return answers.map(([words, share, weight], metric) => ({ words, cents: (10000 * weight * share) / 1e9 / total, most: Math.round((10000 * weight * (data.metrics[metric][2] ? 0.9 : 1)) / total) }));
}

function userPage(data, user) {
  const facts = make("p", { class: "lead" }, accountLink(data, user.account), ...[user.contact, user.role, lasting(data, user)].filter(Boolean).map((text) => ` · ${text}`));
  const weeks = table("Each week named by its Monday.", data.shown.map((week) => ` ${week}`), [make("tr", {}, ...user.scores.map((score) => make("td", { class: "nb" }, points(score))))], "narrow");
  const parts = [...heading(user.name), facts, make("h3", {}, "Weeks side by side"), weeks, make("h3", {}, "What the score is made of")];
  if (!data.has_points[user.place]) return make("article", {}, ...parts, make("p", {}, "No points this week, nor the week before."));
  const [now, before] = [shares(data, data.said, user.place), shares(data, data.said_before, user.place)];
  const compared = user.change !== null;
  const cents = addingUp(now.map((part) => part.cents), user.scores.at(-1));
  const moved = compared ? addingUp(now.map((part, metric) => part.cents - before[metric].cents), user.change) : [];
  const line = (metric) => make("tr", {}, make("th", { scope: "row" }, data.metrics[metric][1]), make("td", {}, now[metric].words),
    make("td", { class: "n strong", "data-label": "Points" }, points(cents[metric])), make("td", { class: "n", "data-label": "At most" }, points(now[metric].most)),
    ...(compared ? [make("td", { class: "n", "data-label": "Change" }, change(moved[metric]))] : []));
  const order = [...now.keys()].sort((a, b) => cents[b] - cents[a] || now[b].most - now[a].most);
  const list = table("The most points first. They add up to the score.", ["Question", " Answer", "Points", "At most", ...(compared ? ["Change"] : [])], order.map(line), "cards");
  const sum = [make("th", { scope: "row", colspan: 2 }, "Score"), number(points(user.scores.at(-1))), number(""), ...(compared ? [number(change(user.change))] : [])];
  list.append(make("tfoot", {}, make("tr", {}, ...sum)));
  return make("article", {}, ...parts, list);
}

function listUsers(data) {
  const [state, wanted] = [by("state").value, by("who").value.trim().toLowerCase()];
  const [, names, contacts] = data.people;
  const text = (place) => `${names[place]} ${contacts[place]} ${data.accounts.name[data.person_company[place]] ?? ""}`.toLowerCase();
  const found = data.ranked.filter((place) => (!state || data.person_state[place] === Number(state)) && (!wanted || text(place).includes(wanted)));
  const shown = found.slice(0, MOST).map((place) => person(data, place));
  by("count").textContent = `${many(found.length, "user")}${found.length > MOST ? `, the first ${MOST} are shown` : ""}.`;
  by("list").replaceChildren(...(shown.length ? [userTable(data, shown, "Each week named by its Monday. Choose a user to see what the score is made of.", true)] : []));
}
