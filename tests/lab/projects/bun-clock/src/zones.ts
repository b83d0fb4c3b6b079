export const inZone = (when: Date, timeZone: string) => when.toLocaleString("en-GB", { timeZone });
