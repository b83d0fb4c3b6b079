const each: Record<string, number> = { pen: 120, pad: 350 };

export function price(what: string, count: number): number | undefined {
  return what in each ? each[what] * count : undefined;
}
