// Tables of class "sortable": a button in each head sorts the rows, once more turns them round. Rows without a value
// come last either way; rows that are equal keep the order in which they stood on the page at first.
(() => {
  for (const table of document.querySelectorAll("table.sortable")) {
    const body = table.tBodies[0];
    const heads = [...table.tHead.rows[table.tHead.rows.length - 1].cells];
    const first = [...body.rows];
    const value = (row, column) => {
      const text = row.cells[column].dataset.sort ?? "";
      if (text === "") return null;
      const number = Number(text);
      return Number.isNaN(number) ? text : number;
    };
    const compare = (one, other) =>
      typeof one === "number" && typeof other === "number" ? one - other : String(one).localeCompare(String(other));
    heads.forEach((head, column) => {
      const button = document.createElement("button");
      button.type = "button";
      button.append(...head.childNodes);
      head.append(button);
      head.setAttribute("aria-sort", "none");
      button.addEventListener("click", () => {
        const falling = head.getAttribute("aria-sort") === "ascending";
        heads.forEach((each) => each.setAttribute("aria-sort", each === head ? (falling ? "descending" : "ascending") : "none"));
        const keyed = first.map((row) => [value(row, column), row]);
        keyed.sort(([one], [other]) => {
          if (one === null || other === null) return (one === null) - (other === null);
          return falling ? compare(other, one) : compare(one, other);
        });
        body.append(...keyed.map(([, row]) => row));
      });
    });
  }
})();
