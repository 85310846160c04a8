package io.fsvideo.text;

import java.util.HashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Character references as Python's {@code html.unescape} reads them: all numeric ones with its treatment of illegal code points, and
 * the 253 named entities of XHTML 1 (upstream knows the 2,125 of HTML 5; others stay as they are).
 */
final class HtmlEntities {
    private static final Pattern REFERENCE =
            Pattern.compile("&(#[0-9]+;?|#[xX][0-9a-fA-F]+;?|[^\\t\\n\\f <&#;]{1,32};?)");

    /** What browsers take the references 128 to 159 for: Windows-1252. */
    private static final String WINDOWS_1252 =
            "\u20ac\u0081\u201a\u0192\u201e\u2026\u2020\u2021\u02c6\u2030\u0160\u2039\u0152\u008d"
                    + "\u017d\u008f\u0090\u2018\u2019\u201c\u201d\u2022\u2013\u2014\u02dc\u2122\u0161\u203a\u0153\u009d\u017e\u0178";

    /** Names of U+00A0 to U+00FF in order; these are legal without a semicolon. */
    private static final String LATIN_1 = """
            nbsp iexcl cent pound curren yen brvbar sect uml copy ordf laquo not shy reg macr deg plusmn sup2 sup3
            acute micro para middot cedil sup1 ordm raquo frac14 frac12 frac34 iquest Agrave Aacute Acirc Atilde
            Auml Aring AElig Ccedil Egrave Eacute Ecirc Euml Igrave Iacute Icirc Iuml ETH Ntilde Ograve Oacute Ocirc
            Otilde Ouml times Oslash Ugrave Uacute Ucirc Uuml Yacute THORN szlig agrave aacute acirc atilde auml
            aring aelig ccedil egrave eacute ecirc euml igrave iacute icirc iuml eth ntilde ograve oacute ocirc
            otilde ouml divide oslash ugrave uacute ucirc uuml yacute thorn yuml
            """;

    private static final String OTHERS = """
            OElig=152 oelig=153 Scaron=160 scaron=161 Yuml=178 fnof=192 circ=2c6 tilde=2dc Alpha=391 Beta=392
            Gamma=393 Delta=394 Epsilon=395 Zeta=396 Eta=397 Theta=398 Iota=399 Kappa=39a Lambda=39b Mu=39c Nu=39d
            Xi=39e Omicron=39f Pi=3a0 Rho=3a1 Sigma=3a3 Tau=3a4 Upsilon=3a5 Phi=3a6 Chi=3a7 Psi=3a8 Omega=3a9
            alpha=3b1 beta=3b2 gamma=3b3 delta=3b4 epsilon=3b5 zeta=3b6 eta=3b7 theta=3b8 iota=3b9 kappa=3ba
            lambda=3bb mu=3bc nu=3bd xi=3be omicron=3bf pi=3c0 rho=3c1 sigmaf=3c2 sigma=3c3 tau=3c4 upsilon=3c5
            phi=3c6 chi=3c7 psi=3c8 omega=3c9 thetasym=3d1 upsih=3d2 piv=3d6 ensp=2002 emsp=2003 thinsp=2009
            zwnj=200c zwj=200d lrm=200e rlm=200f ndash=2013 mdash=2014 lsquo=2018 rsquo=2019 sbquo=201a ldquo=201c
            rdquo=201d bdquo=201e dagger=2020 Dagger=2021 bull=2022 hellip=2026 permil=2030 prime=2032 Prime=2033
            lsaquo=2039 rsaquo=203a oline=203e frasl=2044 euro=20ac image=2111 weierp=2118 real=211c trade=2122
            alefsym=2135 larr=2190 uarr=2191 rarr=2192 darr=2193 harr=2194 crarr=21b5 lArr=21d0 uArr=21d1 rArr=21d2
            dArr=21d3 hArr=21d4 forall=2200 part=2202 exist=2203 empty=2205 nabla=2207 isin=2208 notin=2209 ni=220b
            prod=220f sum=2211 minus=2212 lowast=2217 radic=221a prop=221d infin=221e ang=2220 and=2227 or=2228
            cap=2229 cup=222a int=222b there4=2234 sim=223c cong=2245 asymp=2248 ne=2260 equiv=2261 le=2264 ge=2265
            sub=2282 sup=2283 nsub=2284 sube=2286 supe=2287 oplus=2295 otimes=2297 perp=22a5 sdot=22c5 lceil=2308
            rceil=2309 lfloor=230a rfloor=230b lang=27e8 rang=27e9 loz=25ca spades=2660 clubs=2663 hearts=2665
            diams=2666 apos=27
            """;

    private static final Map<String, String> LEGACY = legacy();
    private static final Map<String, String> NAMED = named();

    private HtmlEntities() {}

    static String unescape(String text) {
        if (text.indexOf('&') < 0) {
            return text;
        }
        return REFERENCE.matcher(text).replaceAll(match -> Matcher.quoteReplacement(replacement(match.group(1))));
    }

    private static String replacement(String reference) {
        return reference.charAt(0) == '#' ? numeric(reference) : named(reference);
    }

    private static String numeric(String reference) {
        String digits = reference.endsWith(";") ? reference.substring(0, reference.length() - 1) : reference;
        int hex = Character.toLowerCase(digits.charAt(1)) == 'x' ? 1 : 0;
        String number = digits.substring(1 + hex).replaceFirst("^0+(?=.)", "");
        int code = number.length() > 7 ? Integer.MAX_VALUE : Integer.parseInt(number, hex == 1 ? 16 : 10);
        if (code >= 128 && code < 160) {
            return WINDOWS_1252.substring(code - 128, code - 127);
        }
        if (code == 0 || code > Character.MAX_CODE_POINT || code >= 0xd800 && code <= 0xdfff) {
            return "\ufffd";
        }
        return illegal(code) ? "" : Character.toString(code);
    }

    private static boolean illegal(int code) {
        boolean control = code < 9 || code == 0x0b || code >= 0x0e && code < 0x20 || code == 0x7f;
        return control || code >= 0xfdd0 && code <= 0xfdef || (code & 0xfffe) == 0xfffe;
    }

    private static String named(String reference) {
        boolean closed = reference.endsWith(";");
        String name = closed ? reference.substring(0, reference.length() - 1) : reference;
        if (closed && NAMED.containsKey(name)) {
            return NAMED.get(name);
        }
        for (int length = reference.length(); length > 1; length--) {
            String found = LEGACY.get(reference.substring(0, length));
            if (found != null) {
                return found + reference.substring(length);
            }
        }
        return "&" + reference;
    }

    private static Map<String, String> legacy() {
        Map<String, String> map = new HashMap<>();
        String[] names = LATIN_1.strip().split("\\s+");
        for (int i = 0; i < names.length; i++) {
            map.put(names[i], Character.toString(0xa0 + i));
        }
        map.putAll(Map.of("amp", "&", "lt", "<", "gt", ">", "quot", "\""));
        map.putAll(Map.of("AMP", "&", "LT", "<", "GT", ">", "QUOT", "\"", "COPY", "\u00a9", "REG", "\u00ae"));
        return map;
    }

    private static Map<String, String> named() {
        Map<String, String> map = new HashMap<>(LEGACY);
        for (String pair : OTHERS.strip().split("\\s+")) {
            String[] parts = pair.split("=");
            map.put(parts[0], Character.toString(Integer.parseInt(parts[1], 16)));
        }
        return map;
    }
}
