// The part of the page that runs the script: fields of events, what was printed, maps.
//
//   facts  the same script starts again from its begin probes; time goes on by what the world's last field says before each event

import { simulate, type SimulatedEvent, type SimulatedProbe, type Simulation, type TraceEvent } from '../../simulate.js';
import type { Program } from '../../compiler.js';
import { element } from '../shared/page-parts.js';
import { choices, type Choose, likelyValue, numberOf, valueOf } from './values.js';

const MOST_TIMES = 10_000;
const MOST_SHOWN = 200_000;
const FIRST_NS = 1_000_000_000n;
const STEP = 'step';
const world: readonly (readonly [name: string, label: string, value: string])[] = [
  ['pid', 'pid', '1234'], ['comm', 'comm', 'bash|node|nginx'], ['uid', 'uid', '1000'], ['cpu', 'cpu', '0..3'], [STEP, 'ns between events', '500..100000'],
];

/** A script that compiles. */
export interface Compiled {
  readonly program: Program;
  readonly script: string;
}

export class Running {
  #compiled: Compiled | undefined;
  #simulation: Simulation | undefined;
  #choose: Choose = choices();
  #nsecs = FIRST_NS;
  #fired = 0;
  /** what was typed, by field: kept while the script is changed */
  readonly #typed = new Map<string, string>();

  /** @param placesOf  the probes that a name with wildcards stands for
   *  @param kstack  addresses that kstack finds */
  constructor(private readonly placesOf: (probe: string) => readonly string[], private readonly kstack: readonly bigint[]) {
    element('world').append(...world.map(([name, label, value]) => this.#field(`world ${name}`, label, value)));
    element('world').addEventListener('submit', (event) => event.preventDefault());
    element('again').addEventListener('click', () => this.start());
    element('end').addEventListener('click', () => this.#do(undefined, (simulation) => simulation.end()));
  }

  /** @param compiled  undefined: the script is wrong, and nothing can be fired */
  show(compiled: Compiled | undefined): void {
    this.#compiled = compiled;
    this.start();
    element('probes').replaceChildren(...(this.#simulation?.probes ?? []).map((probe) => this.#probe(probe)));
  }

  start(): void {
    this.#choose = choices();
    this.#nsecs = FIRST_NS;
    this.#fired = 0;
    this.#simulation = undefined;
    element('output').textContent = '';
    const program = this.#compiled?.program;
    for (const id of ['again', 'end']) element<HTMLButtonElement>(id).disabled = program === undefined;
    element('output').dataset['empty'] = program ? 'Nothing has been printed yet.' : 'The script has to be mended first.';
    if (!program) return void this.#showMaps();
    try {
      this.#simulation = simulate(program, { kstack: this.kstack, ustack: [0x5555_0000_1234n, 0x5555_0000_1000n] });
      this.#print(this.#simulation.begin);
    } catch (error) {
      element('output').textContent = `${(error as Error).message}\n`;
    }
    this.#showMaps();
  }

  #field(key: string, label: string, first: string): HTMLLabelElement {
    const shown = document.createElement('label');
    const input = document.createElement('input');
    input.value = this.#typed.get(key) ?? first;
    input.setAttribute('autocapitalize', 'off');
    input.spellcheck = false;
    input.autocomplete = 'off';
    input.dataset['key'] = key;
    input.addEventListener('input', () => this.#typed.set(key, input.value));
    shown.append(label, input);
    return shown;
  }

  #probe({ probe, args, hasRetval, hasPositional }: SimulatedProbe): HTMLElement {
    const form = document.createElement('form');
    form.className = 'probe';
    const title = document.createElement('strong');
    title.textContent = probe;
    const places = /[*?[|]/.test(probe) ? this.placesOf(probe) : [];
    const choice = document.createElement('select');
    choice.setAttribute('aria-label', `Which of ${probe}`);
    choice.append(...places.map((name) => new Option(name, name)));
    const fields = args.filter(({ name }) => isUsed(name, this.#compiled!.script)).map(({ name, takes }) => ({ name, takes, field: this.#field(`${probe} ${name}`, name, likelyValue(name, takes)) }));
    const listed = hasPositional && fields.length === 0 ? positionsIn(this.#compiled!.script).map((name) => ({ name, field: this.#field(`${probe} ${name}`, name, '1') })) : [];
    const result = hasRetval ? this.#field(`${probe} retval`, 'retval', likelyValue('retval', 'number')) : undefined;
    const times = this.#field(`${probe} times`, 'times', '1');
    times.className = 'times';
    times.querySelector('input')!.className = 'times';
    const fire = document.createElement('button');
    fire.textContent = 'Fire';
    const wrong = document.createElement('p');
    wrong.className = 'wrong';
    form.append(title, ...(places.length > 0 ? [choice] : []), ...fields.map(({ field }) => field), ...listed.map(({ field }) => field), ...(result ? [result] : []), times, fire, wrong);
    form.addEventListener('submit', (submitted) => {
      submitted.preventDefault();
      this.#do(wrong, (simulation) => {
        const count = valueOf(typedIn(times), () => 0);
        if (typeof count !== 'bigint' || count < 1n || count > BigInt(MOST_TIMES)) throw new Error(`times: a number from 1 to ${MOST_TIMES}`);
        const events: TraceEvent[] = [];
        for (let i = 0n; i < count && simulation.status === undefined; i++) {
          const named = fields.flatMap(({ name, takes, field }) => {
            const value = takes === 'number' ? numberOf(name, typedIn(field), this.#choose) : valueOf(typedIn(field), this.#choose);
            return value === undefined ? [] : [[name, takes === 'text' ? String(value) : value] as const];
          });
          const list = listed.map(({ field }) => valueOf(typedIn(field), this.#choose) ?? 0n);
          const retval = result && numberOf('retval', typedIn(result), this.#choose);
          // a list is for arg0, arg1 …; a probe that names its arguments takes them by name
          const given = named.length > 0 ? Object.fromEntries(named) : list.length > 0 ? list : undefined;
          this.#fired++;
          events.push(...simulation.fire(places.length > 0 ? choice.value : probe, { ...this.#world(), ...(given && { args: given }), ...(retval !== undefined && { retval }) }));
        }
        return events;
      });
    });
    return form;
  }

  #world(): SimulatedEvent {
    const typed = (name: string): string => typedIn(element('world').querySelector(`[data-key="world ${name}"]`)!.parentElement!);
    const numbers = world.filter(([name]) => name !== 'comm' && name !== STEP).flatMap(([name]) => {
      const value = numberOf(name, typed(name), this.#choose);
      return value === undefined ? [] : [[name, Number(value)]];
    });
    const comm = valueOf(typed('comm'), this.#choose);
    const step = numberOf('ns between events', typed(STEP), this.#choose) ?? 0n;
    if (step < 0n) throw new Error(`ns between events: a number from 0 on, and not ${step}`);
    this.#nsecs += step;
    return { ...Object.fromEntries(numbers), ...(comm !== undefined && { comm: String(comm) }), nsecs: this.#nsecs };
  }

  /** Runs something of the simulation and shows what came of it. */
  #do(wrong: HTMLElement | undefined, run: (simulation: Simulation) => readonly TraceEvent[]): void {
    const simulation = this.#simulation;
    if (!simulation) return;
    if (wrong) wrong.textContent = '';
    try {
      this.#print(run(simulation));
    } catch (error) {
      if (wrong) wrong.textContent = (error as Error).message;
      else this.#append(`${(error as Error).message}\n`);
    }
    this.#showMaps();
  }

  #print(events: readonly TraceEvent[]): void {
    this.#append(events.map((event) => ('text' in event ? event.text : event.type === 'lost' ? `Lost ${event.count} events\n` : '')).join(''));
  }

  #append(text: string): void {
    const output = element('output');
    const all = output.textContent + text;
    output.textContent = all.length > MOST_SHOWN ? all.slice(all.indexOf('\n', all.length - MOST_SHOWN) + 1) : all;
    output.scrollTop = output.scrollHeight;
  }

  #showMaps(): void {
    const simulation = this.#simulation;
    const names = simulation?.maps.names ?? [];
    element('maps').textContent = simulation ? names.map((name) => simulation.maps.get(name)).map((map) => (map.size === 0 ? '' : map.format())).join('').trim() : '';
    element('maps').dataset['empty'] = names.length === 0 ? 'The script has no maps.' : 'The maps are empty.';
    const ended = simulation?.status;
    element('count').textContent = `${this.#fired} ${this.#fired === 1 ? 'event' : 'events'} fired${ended === undefined ? '' : `, the script has ended with status ${ended}`}`;
  }
}

const typedIn = (field: HTMLElement): string => field.querySelector('input')!.value;

/** Programs are told all fields of a tracepoint; those that the script does not name are zero. */
function isUsed(name: string, script: string): boolean {
  return new RegExp(`\\b${name}\\b|\\bargs\\b(?!\\s*\\.)`).test(script);
}

/** `arg0` to the last one that the script names. */
function positionsIn(script: string): readonly string[] {
  const used = [...script.matchAll(/\barg(\d)\b/g)].map(([, digit]) => Number(digit));
  return used.length === 0 ? [] : Array.from({ length: Math.max(...used) + 1 }, (_, i) => `arg${i}`);
}
