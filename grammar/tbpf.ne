# The language's grammar. Words come from lib/compiler/parse/lexer.ts, which also tells apart what only its place can tell
# apart (README.md); node constructors are lib/model/syntax/build.ts. `npm run grammar` compiles this file.

@preprocessor typescript
@{%
import * as build from '../../model/syntax/build.js';

// Only asked which names are token types: all names with % are.
const lexer = { has: () => true };

type Parts = any[];
const first = (d: Parts) => d[0];
const second = (d: Parts) => d[1];
const none = () => undefined;
const one = (d: Parts) => build.row(undefined, d[0]);
const more = (d: Parts) => build.row(d[0], d[1]);
const moreAfterComma = (d: Parts) => build.row(d[0], d[2]);
const list = build.listOf;
%}
@lexer lexer

# ---- the script ------------------------------------------------------------------------------------------------

tree -> definitions imports items                     {% d => build.tree(d[0], d[1], undefined, undefined, d[2]) %}
      | definitions imports config imports items      {% d => build.tree(d[0], d[1], d[2], d[3], d[4]) %}

definitions -> null                                   {% none %}
             | definitions definition                 {% more %}
definition -> %cDefinition                            {% d => build.cDefinition(d[0]) %}

imports -> null                                       {% none %}
         | imports import %semicolon                  {% more %}
import -> "import" %string                             {% d => build.importOf(d[0], d[1]) %}

config -> %config %assign %blockOpen configEntries %blockClose
                                                      {% d => build.config(d[0], list(d[3]), d[4]) %}
configEntries -> null                                 {% none %}
               | configList                           {% first %}
               | configList %semicolon                {% first %}
configList -> configEntry                             {% one %}
            | configList %semicolon configEntry       {% moreAfterComma %}
configEntry -> %identifier %assign configValue        {% d => build.configEntry(d[0], d[2]) %}
configValue -> %string                                {% first %}
             | %integer                               {% first %}
             | %bool                                  {% first %}
             | %identifier                            {% first %}

items -> null                                         {% none %}
       | items item                                   {% more %}
item -> probe                                         {% first %}
      | macro                                         {% first %}
      | mapDeclaration                                {% first %}
      | subprogram                                    {% first %}

# ---- probes ----------------------------------------------------------------------------------------------------

probe -> attachPoints predicate block                 {% d => build.probe(list(d[0]), d[1], d[2]) %}
       | attachPoints block                           {% d => build.probe(list(d[0]), undefined, d[1]) %}
attachPoints -> attachList                            {% first %}
              | attachList %comma                     {% first %}
attachList -> attachPoint                             {% one %}
            | attachList %comma attachPoint           {% moreAfterComma %}
attachPoint -> %attachPoint                           {% d => build.attachPoint(d[0]) %}
predicate -> %predicateOpen expression %endPredicate  {% second %}

# ---- other items -----------------------------------------------------------------------------------------------

macro -> "macro" %identifier %open %close block        {% d => build.macro(d[0], d[1], [], d[4]) %}
       | "macro" %identifier %open macroParameters %close block
                                                      {% d => build.macro(d[0], d[1], list(d[3]), d[5]) %}
macroParameters -> macroParameter                     {% one %}
                 | macroParameters %comma macroParameter {% moreAfterComma %}
macroParameter -> %variable                           {% d => build.macroParameter(d[0]) %}
                | %map                                {% d => build.macroParameter(d[0]) %}
                | %identifier                         {% d => build.macroParameter(d[0]) %}

mapDeclaration -> %rootLet %map %assign %identifier %open %integer %close %semicolon
                                                      {% d => build.mapDeclaration(d[0], d[1], d[3], d[5], d[7]) %}

subprogram -> "fn" %identifier %open %close %colon type block
                                                      {% d => build.subprogram(d[0], d[1], [], d[5], d[6]) %}
            | "fn" %identifier %open parameters %close %colon type block
                                                      {% d => build.subprogram(d[0], d[1], list(d[3]), d[6], d[7]) %}
parameters -> parameter                               {% one %}
            | parameters %comma parameter             {% moreAfterComma %}
parameter -> %variable %colon type                    {% d => build.subprogramParameter(d[0], d[2]) %}

# ---- statements ------------------------------------------------------------------------------------------------

block -> %blockOpen statements %blockClose            {% d => build.block(d[0], list(d[1]), undefined, d[2]) %}
       | %blockOpen statements simple %blockClose     {% d => build.block(d[0], list(d[1]), d[2], d[3]) %}
statements -> null                                    {% none %}
            | statements compound                     {% more %}
            | statements simple %semicolon            {% more %}
            | statements %semicolon                   {% first %}

simple -> expression                                  {% d => build.expressionStatement(d[0]) %}
        | expression %assign expression               {% d => build.assign(d[0], d[1], d[2]) %}
        | expression %assignOp expression             {% d => build.assign(d[0], d[1], d[2]) %}
        | "let" %variable                              {% d => build.letStatement(d[0], d[1], undefined, undefined) %}
        | "let" %variable %assign expression           {% d => build.letStatement(d[0], d[1], undefined, d[3]) %}
        | "let" %variable %colon type                  {% d => build.letStatement(d[0], d[1], d[3], undefined) %}
        | "let" %variable %colon type %assign expression
                                                      {% d => build.letStatement(d[0], d[1], d[3], d[5]) %}
        | "break"                                      {% d => build.jump(d[0]) %}
        | "continue"                                   {% d => build.jump(d[0]) %}
        | "return"                                     {% d => build.jump(d[0]) %}
        | "return" expression                          {% d => build.jump(d[0], d[1]) %}
        | import                                      {% first %}

compound -> block                                     {% first %}
          | if                                        {% first %}
          | "while" condition block                    {% d => build.whileStatement(d[0], d[1], d[2]) %}
          | "unroll" condition block                   {% d => build.unrollStatement(d[0], d[1], d[2]) %}
          | "for" %variable %colon iterable block      {% d => build.forStatement(d[0], d[1], d[3], d[4]) %}
          | "for" %conditionOpen %variable %colon iterable %close block
                                                      {% d => build.forStatement(d[0], d[2], d[4], d[6]) %}
if -> %ifStatement condition block                             {% d => build.ifStatement(d[0], d[1], d[2]) %}
    | %ifStatement condition block %elseStatement block                 {% d => build.ifStatement(d[0], d[1], d[2], d[4]) %}
    | %ifStatement condition block %elseStatement if                    {% d => build.ifStatement(d[0], d[1], d[2], d[4]) %}

condition -> %conditionOpen expression %close         {% second %}
           | unary                                    {% first %}
iterable -> postfix                                   {% first %}
          | postfix %range postfix                    {% d => build.range(d[0], d[2]) %}

# ---- expressions -----------------------------------------------------------------------------------------------
# A row of operands and infix operators is one rule; build.grouped() applies the precedence table (README.md: why).

expression -> chain                                   {% d => build.grouped(d[0]) %}
            | chain %question expression %colon expression
                                                      {% d => build.ternary(build.grouped(d[0]), d[2], d[4]) %}
            | chain %question %colon expression       {% d => build.ternary(build.grouped(d[0]), undefined, d[3]) %}
            | chain %elvis expression                 {% d => build.ternary(build.grouped(d[0]), undefined, d[2]) %}

chain -> unary                                        {% d => build.chain(d[0]) %}
       | chain %infix unary                           {% d => build.chainMore(d[0], d[1], d[2]) %}

unary -> postfix                                      {% first %}
       | %prefix unary                                {% d => build.unary(d[0], d[1]) %}
       | %prefixStep unary                            {% d => build.prefixStep(d[0], d[1]) %}
       | %typeOpen type %close unary                  {% d => build.cast(d[0], d[1], d[3]) %}
       | "comptime" unary                              {% d => build.comptime(d[0], d[1]) %}

postfix -> primary                                    {% first %}
         | postfix %dot %field                        {% d => build.member(d[0], d[2]) %}
         | postfix %dot %tupleIndex                   {% d => build.tupleIndex(d[0], d[2]) %}
         | postfix %indexOpen expression %indexClose  {% d => build.index(d[0], d[2], d[3]) %}
         | postfix %postfixStep                       {% d => build.postfixStep(d[0], d[1]) %}

primary -> %integer                                   {% d => build.integer(d[0]) %}
         | %string                                    {% d => build.string(d[0]) %}
         | %bool                                      {% d => build.bool(d[0]) %}
         | %variable                                  {% d => build.variable(d[0]) %}
         | %positional                                {% d => build.positional(d[0]) %}
         | %positionalCount                           {% d => build.positionalCount(d[0]) %}
         | %map                                       {% d => build.mapRef(d[0]) %}
         | %mapKeyed %indexOpen expressions %indexClose {% d => build.mapAccess(d[0], list(d[2]), d[3]) %}
         | name                                       {% d => build.identifier(d[0]) %}
         | name %open %close                          {% d => build.call(d[0], [], d[2]) %}
         | name %open arguments %close                {% d => build.call(d[0], list(d[2]), d[3]) %}
         | %open expression %close                    {% d => build.inParentheses(d[0], d[1], d[2]) %}
         | %open %close                               {% d => build.tuple(d[0], [], d[1]) %}
         | %open expression %comma %close             {% d => build.tuple(d[0], [d[1]], d[3]) %}
         | %open expression %comma expressions %close {% d => build.tuple(d[0], [d[1], ...list(d[3])], d[4]) %}
         | %open expression %comma expressions %comma %close
                                                      {% d => build.tuple(d[0], [d[1], ...list(d[3])], d[5]) %}
         | %open fields %close                        {% d => build.record(d[0], list(d[1]), d[2]) %}
         | %open fields %comma %close                 {% d => build.record(d[0], list(d[1]), d[3]) %}
         | valueBlock                                 {% d => build.blockExpression(d[0]) %}
         | ifValue                                    {% first %}
         | "sizeof" typeArgument %close                {% d => build.sizeof(d[0], d[1], d[2]) %}
         | "typeinfo" typeArgument %close              {% d => build.typeinfo(d[0], d[1], d[2]) %}
         | "offsetof" typeArgument %comma path %close  {% d => build.offsetof(d[0], d[1], list(d[3]), d[4]) %}

name -> %identifier                                   {% first %}
      | %builtin                                      {% first %}

expressions -> expression                             {% one %}
             | expressions %comma expression          {% moreAfterComma %}

arguments -> argument                                 {% one %}
           | arguments %comma argument                {% moreAfterComma %}
argument -> expression                                {% first %}
          | typeof                                    {% first %}

fields -> field                                       {% one %}
        | fields %comma field                         {% moreAfterComma %}
field -> %label %assign expression               {% d => build.recordField(d[0], d[2]) %}

valueBlock -> %valueOpen statements %blockClose       {% d => build.block(d[0], list(d[1]), undefined, d[2]) %}
            | %valueOpen statements simple %blockClose {% d => build.block(d[0], list(d[1]), d[2], d[3]) %}

ifValue -> %ifValue condition block %elseValue block  {% d => build.ifExpression(d[0], d[1], d[2], d[4]) %}
         | %ifValue condition block %elseValue ifValue {% d => build.ifExpression(d[0], d[1], d[2], d[4]) %}

path -> name                                          {% one %}
      | path %dot %field                              {% moreAfterComma %}

# ---- types -----------------------------------------------------------------------------------------------------

typeArgument -> %typeOpen type                        {% second %}
              | %open expression                      {% second %}

type -> %identifier                                   {% d => build.namedType(d[0]) %}
      | tag %identifier                               {% d => build.taggedType(d[0], d[1]) %}
      | typeof                                        {% first %}
      | type "*"                                      {% d => build.pointerType(d[0], d[1]) %}
      | type %indexOpen %indexClose                   {% d => build.arrayType(d[0], undefined, d[2]) %}
      | type %indexOpen expression %indexClose        {% d => build.arrayType(d[0], d[2], d[3]) %}
tag -> "struct"                                        {% first %}
     | "union"                                         {% first %}
     | "enum"                                          {% first %}
typeof -> "typeof" typeArgument %close                 {% d => build.typeofType(d[0], d[1], d[2]) %}
