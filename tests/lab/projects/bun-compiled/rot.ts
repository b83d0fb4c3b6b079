const turned = (letter: string) => {
  const start = letter <= "Z" ? 65 : 97;
  return String.fromCharCode(((letter.charCodeAt(0) - start + 13) % 26) + start);
};
console.log(Bun.argv.slice(2).join(" ").replace(/[a-z]/gi, turned));
