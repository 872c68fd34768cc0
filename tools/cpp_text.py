"""What the checks of the tree need to know of C++: which text is code, and where functions begin and end."""
import re


def without_texts(text):
    """The code alone, line by line: no comments, strings, characters or preprocessor lines."""
    tokens = (r'//[^\n]*|/\*.*?\*/|R"(\w*)\(.*?\)\1"|"(?:\\.|[^"\\\n])*"|(?<![0-9A-Za-z_])\'(?:\\.|[^\'\\\n])+\''
              r"|^[ \t]*#(?:\\\n|[^\n])*")
    return re.sub(tokens, lambda match: ('""' if match[0][-1:] in "'\"" else "") + "\n" * match[0].count("\n"), text,
                  flags=re.DOTALL | re.MULTILINE)


def functions(text):
    """(line, signature, lines) of each function that is defined in a namespace or a class, by its braces."""
    head, head_line, line, parens, body = "", 1, 1, 0, 0
    code = without_texts(text)
    for i, c in enumerate(code):
        line += c == "\n"
        if body:
            body += (c == "{") - (c == "}")
            if body == 0 and not re.match(r"\s*[,{]", code[i + 1:i + 200]):  # else it was a member's initializer
                yield head_line, " ".join(head.split())[:80], line - head_line + 1
                head = ""
            continue
        parens += (c == "(") - (c == ")")
        if parens or c not in "{};":
            if not head.strip() and not c.isspace():
                head_line = line
            head = "" if re.fullmatch(r"\s*(public|private|protected)", head) and c == ":" else head + c
        elif c == "{" and "(" in head and not head.rstrip().endswith("=") and not is_scope(head):
            body = 1
        else:
            head = ""


def is_scope(head):
    return re.match(r"\s*(template\s*<[^{]*>\s*)?(inline\s+)?(namespace|class|struct|union|enum|extern)\b[^()]*$",
                    re.sub(r"alignas\([^)]*\)", "", head))
