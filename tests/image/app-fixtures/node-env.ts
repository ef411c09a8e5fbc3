/** Says what NODE_ENV is for the bundler, and what it is when the image runs. */
const { env } = process;
console.log("built", process.env.NODE_ENV, "runs", env["NODE_ENV"]);
