/** Needs nothing of the machine but its console. */
console.log("a line", Math.random() < 1);
