/** What a script has to say to whoever called it: run.mjs prints the sentence alone, without the stack that a bug has. */
export class Complaint extends Error {
  override readonly name = 'Complaint';
}
