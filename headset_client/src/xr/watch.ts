// Whether any of several values is another one than last time.

export class Watch {
  #known: readonly unknown[] = [];

  differs(values: readonly unknown[]): boolean {
    if (values.length === this.#known.length && values.every((value, n) => value === this.#known[n])) return false;
    this.#known = values;
    return true;
  }

  forget(): void {
    this.#known = [];
  }
}
