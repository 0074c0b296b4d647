/** Runs once before all tests: what they need beyond npm is installed or reported here. */
export default function setup(): void {}
