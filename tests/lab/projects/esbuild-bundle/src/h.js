export function h(tag, props, ...children) {
  if (typeof tag === 'function') return tag({ ...props, children });
  return `<${tag}>${children.flat(Infinity).join('')}</${tag}>`;
}
