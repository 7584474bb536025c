"""Words that a report may say: those of the material, of assignments, and of teaching at large.

That many people use a word does not make it harmless: a tutor's name is used by many. So a word is
said only if it stands in a list, and never if it is part of a name that somebody goes by. Of the
material only words count that stand there in small letters somewhere, which most names never do.
"""

import re
from collections.abc import Collection, Iterator

_WORD = re.compile(r"\w+")
_NO_WORDS = re.compile(r"\S*@\S*|\w+://\S*|www\.\S*")  # addresses hold names
_SHORTEST = 3
# What says nothing about what is asked.
_IDLE_WORDS = """
the and are was were for from with you your our not can how what when where why who which this
that these those have has had does did will would should could there here they them its get got
need want know use used any all one two some der die das und ist ein eine nicht wie wann warum ich
wir mit von für auf den dem les des une est pas que qui pour avec dans comment quand pourquoi los
las una por para con como cuando donde"""
_IDLE = frozenset(_IDLE_WORDS.split())
# How people speak of lessons, in five languages.
_AT_LARGE_WORDS = """
answer assignment attendance average calculator chapter class code compile compiler course
deadline debug definition diagram download email error essay exam example exception exercise
extension feedback file final formula function grade grading graph group hint homework import
index input install installation installing instructions integral lab late lecture library list
login loop matrix method midterm module notes output page paper password points practice
presentation print probability problem program programming project proof python question quiz
random range read recursion reference report resubmit return review rubric schedule score section
semester seminar slides software solution sort source statistics string submission submit syllabus
syntax template term test theorem topic tutorial type upload value variable variables vector
version video week zoom java javascript array boolean dictionary float integer object pointer
queue stack tree abgabe abgeben antwort aufgabe aufgaben beispiel beweis datei fehler
fehlermeldung folien formel frist funktion gruppe hausaufgabe hausaufgaben hinweis klausur
korrektur kurs lösung methode note noten passwort prüfung punkte rekursion schleife skript übung
übungsblatt vorlesung verlängerung woche chapitre classe corrigé cours devoir devoirs délai erreur
examen exemple exercice exercices fichier fonction groupe rendre semaine sujet boucle apuntes
clase curso ejemplo ejercicio ejercicios entrega entregar fecha fichero función grupo nota notas
prueba respuesta semana solución tarea tareas tema bucle
作业 考试 成绩 截止 课程 老师 问题 代码 错误 函数 循环 递归 变量 答案"""
_AT_LARGE = frozenset(_AT_LARGE_WORDS.split())


def words_of(text: str) -> Iterator[str]:
    """What somebody's question may be known by."""
    for word in _WORD.findall(_NO_WORDS.sub(" ", text)):
        plain = word.casefold()
        is_word = len(plain) >= _SHORTEST or not plain.isascii()
        if is_word and not plain.isdecimal() and plain not in _IDLE:
            yield plain


def in_small_letters(text: str) -> set[str]:
    """The words of a text that stand in it as no name does."""
    return {word for word in _WORD.findall(_NO_WORDS.sub(" ", text)) if word == word.casefold()}


def sayable(
    words: Collection[str], titles: Collection[str], names: Collection[str]
) -> tuple[set[str], set[str]]:
    """Those that may be said, and those of which the material has to tell."""
    hidden = {part for name in names for part in _WORD.findall(name.casefold())}
    known = _AT_LARGE | {word for title in titles for word in words_of(title)}
    left = set(words) - hidden
    return left & known, left - known
