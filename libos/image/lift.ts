/**
 * Packages in CommonJS as modules of ECMAScript. A bundler puts a file in CommonJS into a function, which
 * makes all functions in it when it is called; those of a module an image makes one by one, when they are
 * first wanted, and what nobody names is not in the bundle at all.
 *
 * Only for files that are known: a module's `require` is done before it, in whatever condition or function
 * it stands, and what it exports is there when it has run to its end.
 */

const REQUEST = /\brequire\((?<quote>['"])(?<path>[^'"]+)\k<quote>\)/g;
const IS_STRICT = /^['"]use strict['"]/m;

/**
 * @param source A file in CommonJS, of strict code.
 * @returns The module, whose default export is what the file exports.
 * @throws Error for code that is not strict: in a module it would mean something else.
 */
export function liftModule(source: string): string {
  if (!IS_STRICT.test(source)) throw new Error("only strict code can be made a module");
  const names = new Map<string, string>();
  const body = source.replace(REQUEST, (_request, _quote, path: string) => {
    const name = names.get(path) ?? `$required${names.size}`;
    names.set(path, name);
    return name;
  });
  const imports = [...names].map(([path, name]) => `import ${name} from ${JSON.stringify(path)};`);
  // In one line with the file's first: source maps count from there.
  const begin = [...imports, "const module = { exports: {} };", "const { exports } = module;"];
  return `${begin.join(" ")} ${body}\nexport default module.exports;\n`;
}
