# The probes of the tool trace: `r:c:open(char *file) (arg2 == 42) "%s %d", file, retval`.
# `npm run grammar` compiles this file to tools/trace/grammar.generated.ts.

@preprocessor typescript
@{%
import * as tree from '../probes/tree.js';

// Only asked which names are token types: all names with % are.
const lexer = { has: () => true };

type Parts = any[];
const first = (d: Parts) => d[0];
const second = (d: Parts) => d[1];
const none = () => undefined;
const empty = () => [];
const one = (d: Parts) => [d[0]];
const moreAfterComma = (d: Parts) => [...d[0], d[2]];
%}
@lexer lexer

probe -> place optionalSignature predicate action     {% d => ({ place: d[0], signature: d[1], predicate: d[2], action: d[3] }) %}

place -> part                                         {% one %}
       | place %colon part                            {% moreAfterComma %}
part -> null                                          {% none %}
      | %part                                         {% first %}

optionalSignature -> null                             {% none %}
                   | %signatureOpen signature %signatureClose
                                                      {% d => ({ parameters: d[1], ...tree.join(d[0], d[2]) }) %}

predicate -> null                                     {% none %}
           | %predicateOpen expression %predicateClose {% second %}

action -> null                                        {% none %}
        | %string values                              {% d => ({ format: tree.string(d[0]), values: d[1] }) %}
values -> null                                        {% empty %}
        | %comma expressions                          {% second %}

@include "probe-expressions.ne"
