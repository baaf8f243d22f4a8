// Past alarms, and what became of them.

// What became of an alarm, in words.
function outcome(data, at) {
  const [until, canceled] = [data.alarm_until[at], data.canceled[data.alarm_company[at]]];
  const name = data.outcomes[data.alarm_outcome[at]];
  if (name === "canceled") return `canceled on ${spelled(canceled)}`;
  if (until < 0) return name === "lasting" ? "still low" : name;
  return `recovered in the week from ${spelled(data.weeks[until])}${canceled ? `; canceled on ${spelled(canceled)}` : ""}`;
}

function alarmRows(data, place) {
  const mine = [...data.alarm_company.keys()].filter((at) => data.alarm_company[at] === place);
  return mine.map((at) => make("tr", {}, make("th", { scope: "row", class: "nb" }, spelled(data.weeks[data.alarm_since[at]])), make("td", {}, outcome(data, at))));
}

function listAlarms(data) {
  const company = (at) => data.alarm_company[at];
  const name = (at) => data.accounts.name[company(at)] ?? data.former.name[company(at) - data.count];
  const counts = data.outcomes.map((word, code) => [word, data.alarm_outcome.reduce((sum, each) => sum + (each === code), 0)]);
  const [wanted, text] = [by("outcome").value, by("which-alarm").value.trim().toLowerCase()];
  const found = [...data.alarm_company.keys()].filter((at) => (wanted === "" || data.alarm_outcome[at] === Number(wanted)) && (!text || name(at).toLowerCase().includes(text)));
  const rows = found.slice(0, MOST).map((at) => make("tr", {}, make("th", { scope: "row" }, company(at) < data.count ? accountLink(data, company(at)) : name(at)),
    make("td", { class: "nb", "data-label": "Since" }, spelled(data.weeks[data.alarm_since[at]])), make("td", {}, outcome(data, at))));
  by("alarms-count").textContent = `${many(data.alarm_company.length, "alarm")} in ${many(data.weeks.length, "week")}: ${counts.filter(([, count]) => count).map(([word, count]) => `${count.toLocaleString("en")} ${word}`).join(", ") || "none"}.${found.length > MOST ? ` The latest ${MOST} of ${found.length.toLocaleString("en")} are shown.` : ""}`;
  by("alarms-list").replaceChildren(...(rows.length ? [table("The latest first: 3 of 4 weeks were low. Companies that have left are listed too.", ["Company", " Since", " What became of it"], rows, "cards")] : []));
}
