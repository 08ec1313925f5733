# The specifiers of the tool argdist: `r:c:open(char *file):u64:$latency/1000:STRCMP("test.txt", $entry(file))`.
# `npm run grammar` compiles this file to tools/argdist/grammar.generated.ts.

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

specifier -> place %signatureOpen signature %signatureClose what buckets
                                                      {% d => ({ place: d[0], signature: { parameters: d[2], ...tree.join(d[1], d[3]) }, ...d[4], ...d[5] }) %}

place -> part                                         {% one %}
       | place %colon part                            {% moreAfterComma %}
part -> null                                          {% none %}
      | %part                                         {% first %}

what -> null                                          {% d => ({ types: undefined, values: undefined, filter: undefined }) %}
      | %colon types                                  {% d => ({ types: d[1], values: undefined, filter: undefined, colon: d[0] }) %}
      | %colon types %colon values                    {% d => ({ types: d[1], values: d[3], filter: undefined, colon: d[0] }) %}
      | %colon types %colon values %colon filter      {% d => ({ types: d[1], values: d[3], filter: d[5], colon: d[0] }) %}
types -> null                                         {% empty %}
       | typeList                                     {% first %}
typeList -> type                                      {% one %}
          | typeList %comma type                      {% moreAfterComma %}
values -> null                                        {% empty %}
        | expressions                                 {% first %}
filter -> null                                        {% none %}
        | expression                                  {% first %}

buckets -> scale by                                   {% d => ({ scale: d[0], by: d[1] }) %}
scale -> null                                         {% none %}
       | %atLinear %open %number %comma %number %comma %number %close
                                                      {% d => ({ kind: 'linear', min: tree.number(d[2]), max: tree.number(d[4]), step: tree.number(d[6]), ...tree.join(d[0], d[7]) }) %}
       | %atPercentiles                               {% d => ({ kind: 'percentiles', ...tree.spanOf(d[0]) }) %}
by -> null                                            {% none %}
    | %atBy %open expression %close                   {% d => ({ e: d[2], ...tree.join(d[0], d[3]) }) %}

@include "probe-expressions.ne"
