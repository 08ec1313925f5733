// How a function is called, as documentation shows it.

export interface Signature {
  readonly name: string;
  readonly params: readonly { readonly name: string; readonly optional?: boolean; readonly doc: string }[];
  readonly variadic?: boolean;
}

/** `print(value[, top[, div]])`, `ntop([af,] addr)` */
export function signature({ name, params, variadic }: Signature): string {
  const leading = Math.max(0, params.findIndex((param) => !param.optional));
  let text = params.slice(0, leading).map((param) => `[${param.name},] `).join('');
  params.slice(leading).forEach((param, i) => {
    const comma = i === 0 ? '' : ', ';
    text += param.optional ? `[${comma}${param.name}` : comma + param.name;
  });
  return `${name}(${text}${variadic ? ', …' : ''}${']'.repeat(params.slice(leading).filter((p) => p.optional).length)})`;
}
