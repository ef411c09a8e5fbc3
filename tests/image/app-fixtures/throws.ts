/** Throws in a timer: the report names this file's line. */
function readName(person: { name?: { first: string } }): string {
  return person.name!.first;
}

setTimeout(() => readName({}), 1);
