# Expressions, types and signatures in C's notation, as trace and argdist take them. Included by trace.ne and argdist.ne.
# Words come from tools/probes/words.ts, which tells casts from parentheses; node constructors are tools/probes/tree.ts.

@lexer lexer

expression -> chain                                   {% d => tree.grouped(d[0]) %}
            | chain %question expression %colon expression
                                                      {% d => tree.ternary(tree.grouped(d[0]), d[2], d[4]) %}

chain -> unary                                        {% one %}
       | chain %infix unary                           {% d => [...d[0], d[1], d[2]] %}

unary -> postfix                                      {% first %}
       | %prefix unary                                {% d => tree.unary(d[0], d[1]) %}
       | %typeOpen type %close unary                  {% d => tree.cast(d[0], d[1], d[3]) %}

postfix -> primary                                    {% first %}
         | postfix %dot %word                         {% d => tree.member(d[0], d[2]) %}
         | postfix %indexOpen expression %indexClose  {% d => tree.index(d[0], d[2], d[3]) %}
         | postfix %atUser                            {% d => tree.userPointer(d[0], d[1]) %}

primary -> %number                                    {% d => tree.number(d[0]) %}
         | %character                                 {% d => tree.character(d[0]) %}
         | %string                                    {% d => tree.string(d[0]) %}
         | %word                                      {% d => tree.name(d[0]) %}
         | %word %open %close                         {% d => tree.call(d[0], [], d[2]) %}
         | %word %open expressions %close             {% d => tree.call(d[0], d[2], d[3]) %}
         | %sizeof %typeOpen type %close              {% d => tree.sizeOf(d[0], d[2], d[3]) %}
         | %open expression %close                    {% d => tree.grouping(d[0], d[1], d[2]) %}

expressions -> expression                             {% one %}
             | expressions %comma expression          {% moreAfterComma %}

type -> typePart                                      {% d => tree.type(d[0]) %}
      | type typePart                                 {% d => tree.type(d[0], d[1]) %}
typePart -> %word                                     {% first %}
          | %star                                     {% first %}

signature -> null                                     {% empty %}
           | parameters                               {% first %}
parameters -> parameter                               {% one %}
            | parameters %comma parameter             {% moreAfterComma %}
parameter -> type                                     {% d => tree.parameter(d[0]) %}
           | type %indexOpen %indexClose              {% d => tree.parameter(d[0], d[1]) %}
           | type %indexOpen %number %indexClose      {% d => tree.parameter(d[0], d[1]) %}
