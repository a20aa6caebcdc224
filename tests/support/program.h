#pragma once

#include <QElapsedTimer>
#include <QHash>
#include <QProcess>
#include <QString>
#include <QStringList>

#include <csignal>

namespace signalbox::test {

/// The built program.
inline QString programPath()
{
    return QStringLiteral(SIGNALBOX_BINARY_DIR "/signalbox");
}

struct Finished {
    int exitCode = -1;
    QByteArray out;
    QByteArray err;
};

/// Runs a program to its end; exit code -1 where it did not end in time.
inline Finished runToEnd(const QString& program, const QStringList& arguments, int limitMs = 60'000)
{
    QProcess process;
    process.start(program, arguments);
    Finished result;
    if (process.waitForFinished(limitMs) && process.exitStatus() == QProcess::NormalExit) {
        result.exitCode = process.exitCode();
    } else {
        process.kill();
        process.waitForFinished();
    }
    result.out = process.readAllStandardOutput();
    result.err = process.readAllStandardError();
    return result;
}

/// `signalbox run` as a child: started on construction, asked to drain on destruction. `shellBefore` runs in the shell that
/// then becomes the program, for limits.
class RunningProgram {
public:
    explicit RunningProgram(const QString& site, const QStringList& more = {}, const QString& shellBefore = {})
    {
        m_process.setProcessChannelMode(QProcess::SeparateChannels);
        const QStringList command = QStringList{programPath(), QStringLiteral("run"), site} + more;
        if (shellBefore.isEmpty()) {
            m_process.start(command.front(), command.mid(1));
        } else {
            m_process.start(QStringLiteral("/bin/sh"),
                            QStringList{QStringLiteral("-c"), shellBefore + QStringLiteral("; exec \"$0\" \"$@\"")} + command);
        }
    }
    ~RunningProgram()
    {
        if (m_process.state() != QProcess::NotRunning) {
            terminate();
        }
    }

    /// Reads the bound addresses; false with the program's own words in `error` where it did not come up.
    bool waitReady(int listeners, QString* error, int limitMs = 30'000)
    {
        QElapsedTimer timer;
        timer.start();
        QByteArray text;
        while (timer.elapsed() < limitMs) {
            m_process.waitForReadyRead(100);
            text += m_process.readAllStandardOutput();
            m_addresses.clear();
            for (const auto& line : QString::fromUtf8(text).split(u'\n')) {
                const auto words = line.split(u' ');
                if (words.size() == 3) {
                    m_addresses.insert(words[0] + u':' + words[1], words[2]);
                } else if (words.size() == 2 && words[0] == QStringLiteral("admin")) {
                    m_addresses.insert(words[0], words[1]);
                }
            }
            const auto have = m_addresses.keys().filter(QStringLiteral("listener:")).size();
            if (text.contains("ready\n") && have >= listeners && text.endsWith('\n')) {
                return true;
            }
            if (m_process.state() == QProcess::NotRunning) {
                break;
            }
        }
        *error = QString::fromUtf8(text + m_process.readAllStandardError());
        return false;
    }
    /// "127.0.0.1:8080" of "listener:lb" or of "admin".
    [[nodiscard]] QString address(const QString& what) const { return m_addresses.value(what); }
    [[nodiscard]] qint64 pid() const { return m_process.processId(); }
    void signal(int number) { ::kill(static_cast<pid_t>(m_process.processId()), number); }
    /// SIGTERM and the exit code, -1 where it did not end in time.
    int terminate(int limitMs = 40'000)
    {
        signal(SIGTERM);
        if (!m_process.waitForFinished(limitMs)) {
            m_process.kill();
            m_process.waitForFinished();
            return -1;
        }
        return m_process.exitStatus() == QProcess::NormalExit ? m_process.exitCode() : -1;
    }
    /// Waits until standard error has said `text`.
    bool waitSaid(const QByteArray& text, int limitMs = 30'000)
    {
        QElapsedTimer timer;
        timer.start();
        while (!m_said.contains(text) && timer.elapsed() < limitMs && m_process.state() != QProcess::NotRunning) {
            m_process.setReadChannel(QProcess::StandardError);
            m_process.waitForReadyRead(100);
            m_said += m_process.readAllStandardError();
        }
        return m_said.contains(text);
    }

private:
    QProcess m_process;
    QHash<QString, QString> m_addresses;
    QByteArray m_said;
};

}  // namespace signalbox::test
