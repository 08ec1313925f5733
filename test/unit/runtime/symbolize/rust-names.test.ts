// Names of Rust functions. The symbols are those that rustc 1.95.0 made of a program; binutils' c++filt reads them in the same way.

import t from 'tap';
import { demangleRust } from '../../../../lib/runtime/symbolize/rust-names.js';
import { dice } from '../../../helpers/dice.js';

const names: [symbol: string, want: string | undefined][] = [
  ['_RNvC1a4main', 'a::main'],
  ['_RINvCs6xxl1lAjzDf_1a4flagKb0_Kce9_Ka7f_EB2_', "a::flag::<false, 'é', 127>"],
  ['_RINvCs6xxl1lAjzDf_1a4flagKb1_Kc7a_Kan5_EB2_', "a::flag::<true, 'z', -5>"],
  ['_RINvC1a4flagKca_Kc27_E', "a::flag::<'\\u{a}', '\\u{27}'>"],
  ['_RINvCs6xxl1lAjzDf_1a6markerDG_INtNtNtCsgEmfK2I1SDS_4core3ops8function2FnTRL0_eEEp6OutputhEL_EB2_', "a::marker::<dyn for<'a> core::ops::function::Fn<(&'a str,), Output = u8>>"],
  ['_RINvCs6xxl1lAjzDf_1a6markerDNtNtNtNtCsgEmfK2I1SDS_4core4iter6traits8iterator8Iteratorp4ItemnNtNtBy_6marker4SendEL_EB2_', 'a::marker::<dyn core::iter::traits::iterator::Iterator<Item = i128> + core::marker::Send>'],
  ['_RINvCs6xxl1lAjzDf_1a6markerFG_RL0_eERL0_hEB2_', "a::marker::<for<'a> fn(&'a str) -> &'a u8>"],
  ['_RINvCs6xxl1lAjzDf_1a6markerFUKCPhOlEuEB2_', 'a::marker::<unsafe extern "C" fn(*const u8, *mut i32)>'],
  ['_RINvCs6xxl1lAjzDf_1a6markerQANtB2_4Kindj4_EB2_', 'a::marker::<&mut [a::Kind; 4]>'],
  ['_RINvCs6xxl1lAjzDf_1a6markerShEB2_', 'a::marker::<[u8]>'],
  ['_RINvCs6xxl1lAjzDf_1a6markeruEB2_', 'a::marker::<()>'],
  ['_RINvCs6xxl1lAjzDf_1a7genericThEEB2_', 'a::generic::<(u8,)>'],
  ['_RINvCs6xxl1lAjzDf_1a7genericThcAxj2_EEB2_', 'a::generic::<(u8, char, [i64; 2])>'],
  ['_RINvNtCsgEmfK2I1SDS_4core3ptr13drop_in_placeNtNtNtCsjrHSEGnQ3l9_3std2io5error5ErrorECs6xxl1lAjzDf_1a.llvm.6600413530293769744', 'core::ptr::drop_in_place::<std::io::error::Error>'],
  ['_RINvNtNtCsjrHSEGnQ3l9_3std6thread9functions5spawnNCNvCs6xxl1lAjzDf_1a4mains_0jEBP_', 'std::thread::functions::spawn::<a::main::{closure#1}, usize>'],
  ['_RINvYNtNtNtCsjrHSEGnQ3l9_3std4hash6random11RandomStateNtNtCsgEmfK2I1SDS_4core4hash11BuildHasher8hash_oneRNtNtCslNYArtu3iFV_5alloc6string6StringECs6xxl1lAjzDf_1a', '<std::hash::random::RandomState as core::hash::BuildHasher>::hash_one::<&alloc::string::String>'],
  ['_RINvMNtCsgEmfK2I1SDS_4core3stre18trim_start_matchesReECsgY6Mt91CT9J_14rustc_demangle', '<str>::trim_start_matches::<&str>'],
  ['_RNvC1au3abc', 'a::punycode{abc}'],
  ['_R', undefined],
  ['_RNvC1a', undefined],
  ['_RNvC1a99main', undefined],
  ['_RNvC1a4main!', undefined],
  ['_RB_', undefined],
  ['_RNvB_4main', undefined],
  ['_RINvC1a1fRL5_eE', undefined],
  ['_ZN3foo3barE', undefined],
  ['main', undefined],
];
for (const [symbol, want] of names) t.test(symbol, async (t) => t.equal(demangleRust(symbol), want));

/** Bytes of a reference to a place, counted from behind `_R`. */
function reference(place: number): string {
  const digits = '0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ';
  let text = '';
  for (let rest = place - 1; rest > 0 || text === ''; rest = Math.floor(rest / 62)) text = digits[rest % 62]! + text;
  return `B${text}_`;
}

t.test('a short name that stands for endless text stays as it is', async (t) => {
  let mangled = 'INvC1a1f';
  let last = mangled.length;
  mangled += 'ThhE';
  t.equal(demangleRust(`_R${mangled}T${reference(last).repeat(2)}EE`), 'a::f::<(u8, u8), ((u8, u8), (u8, u8))>');
  for (let i = 0; i < 100; i++) {
    const here = mangled.length;
    mangled += `T${reference(last).repeat(2)}E`;
    last = here;
  }
  const before = performance.now();
  t.equal(demangleRust(`_R${mangled}E`), undefined);
  t.equal(demangleRust(`_RM${mangled.slice(8)}`), undefined, 'also where it is not shown');
  t.equal(demangleRust(`_RINvC1a1f${'S'.repeat(5000)}hE`), undefined, 'types within types');
  t.equal(demangleRust(`_RNv${'C1a'.repeat(5000)}`), undefined);
  t.ok(performance.now() - before < 2000);
});

t.test('20,000 damaged names', async (t) => {
  const choice = dice(11);
  const valid = names.filter(([, want]) => want !== undefined).map(([symbol]) => symbol);
  for (let i = 0; i < 20_000; i++) {
    const letters = [...choice.one(valid)];
    for (let changes = 1 + choice.below(4); changes > 0; changes--) {
      const at = 2 + choice.below(letters.length - 2);
      if (choice.below(3) === 0) letters.splice(at, choice.below(5));
      else letters[at] = choice.one([...'BCDFGINRTESKLOPQUXYMp_0sn19u']);
    }
    const text = demangleRust(letters.join(''));
    if (text !== undefined && text.length > 8192) t.fail(letters.join(''));
  }
});
